"""A made-up venue without a network whose data comes over two feeds: symbols of letters, and all others.

It takes no orders. Each session makes quotes of what is wanted by its own timer; tests drive the
sessions that run in their process through `LIVING`.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import attrs

from engine.messages.market import Quote
from engine.model.enums import VenueStateWord
from engine.model.instrument import AssetClass, Instrument, QuantityUnit, symbol_of
from engine.session.contract import (
    NO_EFFECTS,
    Define,
    Effects,
    Now,
    SetState,
    Topic,
)
from engine.session.declaration import Capabilities, ClientOrderIdRule, SessionMaker, Venue
from engine.session.feeds import Feed
from engine.session.fillkeys import FillKeyPart, FillKeyRule
from engine.session.streamless import Streamless

PACKAGE = __name__
NAME = "twofeeds"
AAPL, TENCENT = "AAPL.US.TWOFEEDS", "700.HK.TWOFEEDS"
QUOTE_INTERVAL_NS = 20_000_000
PRICES = {AAPL: 200.0, TENCENT: 320.0}


@attrs.frozen(kw_only=True)
class Settings:
    """Where the two HTTP APIs are; nobody asks them."""

    letters_http: str = ""
    others_http: str = ""

    def for_simulator(self, endpoints: Mapping[str, str]) -> "Settings":
        """There is no simulator."""
        return self


class FeedProtocol(Streamless):
    """One feed's session; `feed` is how it knows which."""

    LIVING: ClassVar[dict[str, "FeedProtocol"]] = {}

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self.wanted: frozenset[Topic] = frozenset()
        self.next_ns: int | None = None
        self.pending: list[object] = []
        self.LIVING[feed] = self

    def say(self, state: VenueStateWord, reason: str = "") -> None:
        """Have it tell a state at its next tick."""
        self.pending.append(SetState(state, reason))

    def start(self, now: Now) -> Effects:
        """It knows its own instruments only."""
        return [Define(instrument(name)) for name in PRICES if self._serves(name)]

    def _serves(self, name: str) -> bool:
        feed = VENUE.feed_of(symbol_of(name))
        return feed is not None and feed.name == self.feed

    def opened(self, now: Now) -> Effects:
        """Ready at once."""
        self.next_ns = now.mono_ns
        return (SetState(VenueStateWord.READY),)

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Quotes of these from now on."""
        self.wanted = topics
        return NO_EFFECTS

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """The next quote is fresh anyway."""
        return NO_EFFECTS

    def deadline(self) -> int | None:
        """When the next quotes are due."""
        return self.next_ns

    def due(self, now: Now) -> Effects:
        """What the test had it say, and a quote of everything that is wanted."""
        self.next_ns = now.mono_ns + QUOTE_INTERVAL_NS
        said, self.pending = self.pending, []
        names = sorted(topic.instrument for topic in self.wanted if topic.kind is Quote)
        return [*said, *(_quote(name, now) for name in names if self._serves(name))]


def instrument(name: str) -> Instrument:
    """A share with a tick of a cent."""
    return Instrument(
        id=name,
        asset_class=AssetClass.EQUITY,
        currency="HKD" if ".HK." in name else "USD",
        base="",
        quantity_unit=QuantityUnit.SHARES,
        price_increment=Decimal("0.01"),
        quantity_increment=Decimal(1),
        multiplier=Decimal(1),
        min_quantity=Decimal(1),
        tradeable=False,
    )


def _quote(name: str, now: Now) -> Quote:
    bid = PRICES.get(name, 1.0)
    return Quote(name, 0, 0, now.wall_ns, now.wall_ns, now.mono_ns, bid, 10.0, bid + 0.02, 10.0)


def _maker(feed: str) -> SessionMaker:
    def make(settings: object, secrets: Mapping[str, str]) -> FeedProtocol:
        return FeedProtocol(feed)

    return make


def _letters_http(settings: object) -> str:
    assert isinstance(settings, Settings)
    return settings.letters_http


def _others_http(settings: object) -> str:
    assert isinstance(settings, Settings)
    return settings.others_http


VENUE = Venue(
    name=NAME,
    title="Made-up venue with two feeds",
    settings=Settings,
    credentials=("token",),
    data_secrets=("token",),
    feeds=(
        Feed(
            name="letters",
            serves=lambda symbol: symbol[:1].isalpha(),
            data=_maker("letters"),
            http_base_url=_letters_http,
        ),
        Feed(
            name="digits",
            serves=lambda symbol: symbol[:1].isdigit(),
            data=_maker("digits"),
        ),
    ),
    trade=None,
    capabilities=Capabilities(
        market_kinds=("quote",),
        ord_types=(),
        times_in_force=(),
        post_only=False,
        reduce_only=False,
        replace=False,
        query_order=False,
        complete_history=False,
        cancel_all=False,
        dead_man_timer_s_min=None,
        refuses_repeated_client_order_id=False,
        client_order_id=ClientOrderIdRule(length_max=32, alphabet="0123456789"),
        fill_key=FillKeyRule((FillKeyPart.TRADE_ID,)),
        answer_within_s=5.0,
    ),
    budgets=(),
    http_base_url=_others_http,
    simulator="",
    simulator_credentials={"token": "t"},
)
