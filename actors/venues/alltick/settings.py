"""What a user may set for AllTick: where it is, which plan was bought, how patient we are.

The venue has moved its hosts twice in a year, so every address is a setting. `for_simulator` is the
only thing that running on the simulator changes.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import attrs

from actors.venues.alltick.plans import PLANS, Plan
from engine.settings.checks import Check, between, one_of

BAR_SECONDS: Final[Mapping[str, int]] = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "30m": 1_800,
    "1h": 3_600,
    "2h": 7_200,
    "4h": 14_400,
    "1d": 86_400,
    "1w": 604_800,
}
"""The bar lengths the venue offers, in seconds; months have no fixed length and are left out."""

INSTRUMENT_KINDS: Final = (
    "us_stock",
    "hk_stock",
    "a_share",
    "stock_index",
    "crypto",
    "forex",
    "forex_yen",
    "commodity",
    "cfd_index",
)
"""Classes of instruments; what they are like stands in `codes.py`."""

EXTRA_INSTRUMENTS_MAX: Final = 3_000
"""As many as the largest plan can subscribe."""


class Family(StrEnum):
    """The venue's two services; a code of one is unknown at the other."""

    STOCK = "stock"
    """Stocks and market indices."""
    OTHER = "other"
    """Forex, crypto, metals, energy, CFD indices."""


def _above_zero(_instance: Any, attribute: "attrs.Attribute[Any]", value: Decimal) -> None:
    if not value.is_finite() or value <= 0:
        raise ValueError(f"{attribute.name} must be above zero, not {value}")


def _url(plain: str, secure: str) -> Check:
    """TLS everywhere but on loopback; never with a query, where a token might stand."""

    def check(_instance: Any, attribute: "attrs.Attribute[Any]", value: str) -> None:
        _check_url(attribute.name, value, plain, secure)

    return check


def _check_url(name: str, value: str, plain: str, secure: str) -> None:
    shown = value.partition("?")[0]
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port  # an impossible port raises here
    except ValueError as error:
        raise ValueError(f"{name} {shown!r} is not a URL: {error}") from None
    if parts.scheme not in (plain, secure) or not host:
        raise ValueError(f"{name} must be a {secure}:// URL, not {shown!r}")
    if parts.scheme == plain and not _is_loopback(parts):
        raise ValueError(f"{name}: {plain}:// is only allowed on loopback; use {secure}://")
    if parts.username or parts.password:
        raise ValueError(f"{name} must not carry credentials")
    if parts.query or parts.fragment:
        raise ValueError(f"{name} must end before any '?': the token belongs into the credentials")


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@attrs.frozen(kw_only=True)
class Quiet:
    """Seconds without data after which a code is doubted and its list sent again; 0 is never.

    Markets that are closed are silent too; each renewal in vain doubles the patience.
    """

    quote_s: float = attrs.field(default=60.0, validator=between(0, 86_400))
    trade_s: float = attrs.field(default=300.0, validator=between(0, 86_400))
    book_s: float = attrs.field(default=60.0, validator=between(0, 86_400))
    ticker_s: float = attrs.field(default=300.0, validator=between(0, 86_400))
    bar_s: float = attrs.field(default=180.0, validator=between(0, 86_400))


@attrs.frozen(kw_only=True)
class OwnInstrument:
    """An instrument that the table does not know, or knows wrongly: `[[venues.alltick.instruments]]`.

    Attributes:
        code: as the venue writes it; case counts.
        kind: its class: us_stock, hk_stock, a_share, stock_index, crypto, forex, forex_yen,
            commodity, cfd_index.
        currency: what prices are in.
        base: what is priced; the code itself when empty.
        price_increment: the tick; that of the class when left out.
        quantity_increment: the lot; likewise.
    """

    code: str
    kind: str = attrs.field(validator=one_of(*INSTRUMENT_KINDS))
    currency: str
    base: str = ""
    price_increment: Decimal | None = attrs.field(
        default=None, validator=attrs.validators.optional(_above_zero)
    )
    quantity_increment: Decimal | None = attrs.field(
        default=None, validator=attrs.validators.optional(_above_zero)
    )


@attrs.frozen(kw_only=True)
class Settings:
    """`[venues.alltick]`.

    Attributes:
        plan: the plan that was bought: free, basic, premium, professional, all_hk, all_cn, all_us.
        stock_ws_url: stream of stocks and indices.
        other_ws_url: stream of everything else.
        stock_http_url: HTTP API of stocks and indices.
        other_http_url: HTTP API of everything else.
        token_sharers: processes that use the token's HTTP limits at the same time.
        codes_max: codes in one list; 0 for what the plan allows.
        heartbeat_interval_s: a heartbeat goes out this often; the venue closes after 30 s without.
        heartbeat_timeout_s: without an answer to any heartbeat for so long the connection is left.
        request_interval_s: pause between two subscription requests; the venue wants a second.
        take_turns: whether the sessions of the two families keep 3 s between their requests, each
            in windows of its own on the wall clock; a change may then wait for seven seconds.
        coalesce_s: how long a change of what is wanted waits for further ones.
        ack_timeout_s: longest wait for the answer to a subscription request.
        reconnect_pause_s: pause between two attempts to connect; 0 for what the plan wants.
        refused_retry_s: how long a code that the venue refused is left out.
        unheard_after_s: a code that was never heard so long after its list was granted, while
            others of that list were, is stale and reported.
        quiet: when silence of a code that was heard is suspicious.
        book_depth: levels a side that are asked for; each class of instruments has fewer.
        crossed_tolerance_s: how long a crossed or locked book may last before it is stale.
        fill_gaps: ask over HTTP for codes that bring nothing by themselves after a connection was
            made, and when a reader doubts its data.
        fill_after_s: how long after its list was granted a code may stay silent before that.
        bar_interval: length of the bars of `Bar` topics.
        bars_history: closed bars told when a `Bar` topic is first wanted; 0 for none.
        bar_poll_s: how often bars are asked for, as far as the plan allows.
        query_timeout_s: longest wait for the answer to an HTTP call.
        instruments: instruments of the user's own; they win over the table.
    """

    plan: str = attrs.field(default="free", validator=one_of(*PLANS))
    stock_ws_url: str = attrs.field(
        default="wss://quote.alltick.co/quote-stock-b-ws-api", validator=_url("ws", "wss")
    )
    other_ws_url: str = attrs.field(
        default="wss://quote.alltick.co/quote-b-ws-api", validator=_url("ws", "wss")
    )
    stock_http_url: str = attrs.field(
        default="https://quote.alltick.co/quote-stock-b-api", validator=_url("http", "https")
    )
    other_http_url: str = attrs.field(
        default="https://quote.alltick.co/quote-b-api", validator=_url("http", "https")
    )
    token_sharers: int = attrs.field(default=2, validator=between(1, 20))
    codes_max: int = attrs.field(default=0, validator=between(0, 3_000))
    heartbeat_interval_s: float = attrs.field(default=10.0, validator=between(0.5, 20))
    heartbeat_timeout_s: float = attrs.field(default=28.0, validator=between(1, 60))
    request_interval_s: float = attrs.field(default=1.1, validator=between(0.05, 60))
    take_turns: bool = False
    coalesce_s: float = attrs.field(default=0.1, validator=between(0, 10))
    ack_timeout_s: float = attrs.field(default=10.0, validator=between(0.1, 60))
    reconnect_pause_s: float = attrs.field(default=0.0, validator=between(0, 50))
    refused_retry_s: float = attrs.field(default=900.0, validator=between(1, 86_400))
    unheard_after_s: float = attrs.field(default=30.0, validator=between(0.5, 3_600))
    quiet: Quiet = attrs.field(factory=Quiet)
    book_depth: int = attrs.field(default=10, validator=between(1, 10))
    crossed_tolerance_s: float = attrs.field(default=2.0, validator=between(0, 60))
    fill_gaps: bool = True
    fill_after_s: float = attrs.field(default=3.0, validator=between(0.1, 600))
    bar_interval: str = attrs.field(default="1m", validator=one_of(*BAR_SECONDS))
    bars_history: int = attrs.field(default=100, validator=between(0, 500))
    bar_poll_s: float = attrs.field(default=10.0, validator=between(0.5, 3_600))
    query_timeout_s: float = attrs.field(default=10.0, validator=between(0.5, 60))
    instruments: tuple[OwnInstrument, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.heartbeat_timeout_s <= self.heartbeat_interval_s:
            raise ValueError("heartbeat_timeout_s must be longer than heartbeat_interval_s")
        if len(self.instruments) > EXTRA_INSTRUMENTS_MAX:
            raise ValueError(f"instruments may name at most {EXTRA_INSTRUMENTS_MAX} codes")

    @property
    def bought(self) -> Plan:
        """The plan's limits."""
        return PLANS[self.plan]

    @property
    def list_max(self) -> int:
        """Codes in one subscription list."""
        return self.codes_max or self.bought.codes

    @property
    def pause_s(self) -> float:
        """Between two attempts to connect."""
        return self.reconnect_pause_s or self.bought.reconnect_s

    def ws_url_of(self, family: Family) -> str:
        """The stream of a family, without the token."""
        return self.stock_ws_url if family is Family.STOCK else self.other_ws_url

    def http_url_of(self, family: Family) -> str:
        """The base of a family's HTTP API."""
        return self.stock_http_url if family is Family.STOCK else self.other_http_url

    def for_simulator(self, endpoints: Mapping[str, str]) -> "Settings":
        """The same towards a simulator with endpoints `stock_ws other_ws stock_http other_http`."""
        return attrs.evolve(
            self,
            stock_ws_url=endpoints["stock_ws"],
            other_ws_url=endpoints["other_ws"],
            stock_http_url=endpoints["stock_http"],
            other_http_url=endpoints["other_http"],
        )
