"""From what readers subscribe on the bus to what the venue is asked for. Pure.

Readers' subscriptions may name a topic, all instruments of a kind, or everything. The last two mean
the instruments that the engine was configured with: "everything" must not subscribe hundreds of
instruments upstream. Quotes of the configured instruments are always wanted, because risk checks
need a reference price whether or not a strategy looks at it.
"""

from collections.abc import Iterable

import attrs

from engine.messages.codec import kind_of_tag
from engine.messages.market import Bar, Book, FundingRate, Quote, Ticker, Trade
from engine.messages.topic import EVERYTHING
from engine.messages.topic import Topic as Subscription
from engine.session.contract import Topic

UPSTREAM_KINDS = (Quote, Trade, Book, Bar, Ticker, FundingRate)
"""What can be asked of a venue; other market messages are made by the session itself."""

KIND_WORDS = {kind.__name__.lower(): kind for kind in UPSTREAM_KINDS}
"""As `Capabilities.market_kinds` names them."""


@attrs.frozen
class DemandRule:
    """How subscriptions of one venue's readers are understood.

    Attributes:
        instruments: what the engine was configured with.
        kinds: what the venue can deliver.
    """

    instruments: tuple[str, ...]
    kinds: tuple[type, ...]

    def wanted(self, subscriptions: Iterable[Subscription]) -> frozenset[Topic]:
        """The complete set of topics to have upstream."""
        topics = {Topic(kind, name) for kind in self.reference_kinds for name in self.instruments}
        for subscription in subscriptions:
            names = (subscription.instrument,) if subscription.instrument else self.instruments
            topics |= {Topic(kind, name) for kind in self._kinds(subscription) for name in names}
        return frozenset(topics)

    @property
    def reference_kinds(self) -> tuple[type, ...]:
        """What reference prices are made from: quotes, or tickers of a venue without quotes."""
        return next(((kind,) for kind in (Quote, Ticker) if kind in self.kinds), ())

    def _kinds(self, subscription: Subscription) -> tuple[type, ...]:
        if subscription.tag == EVERYTHING:
            return self.kinds
        kind = kind_of_tag(subscription.tag)
        # A kind that the venue lacks is passed on when it was asked for by name: the protocol
        # answers it with a note, once.
        return (kind.cls,) if kind is not None and kind.cls in UPSTREAM_KINDS else ()
