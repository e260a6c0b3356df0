"""What a user may set for WOO X Pro: where it is, how it is spoken to, which feeds carry what.

The venue's documents leave some facts open (WebSocket hosts, the signing suffix, the header prefix);
each of them is a setting here with the likelier value as default. `for_simulator` is the only thing
that paper trading on the simulator changes.
"""

from collections.abc import Mapping
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import attrs

from engine.settings.checks import Check, between, one_of

PUBLIC_PATH: Final = "/api?protocol=1.1"
PRIVATE_PATH: Final = "/user?protocol=1.1"
"""Path and query of the sibling's hosts; used when a WebSocket URL names only the host."""

IDLE_LIMIT_S: Final = 20.0
"""The venue drops a connection on which nothing flowed for so long."""
TOPIC_BYTES_LIMIT: Final = 4096
"""The venue's limit for the topics of one request, together."""

BAR_SECONDS: Final[Mapping[str, int]] = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "30m": 1_800,
    "1H": 3_600,
    "2H": 7_200,
    "4H": 14_400,
    "1D": 86_400,
    "1W": 604_800,
}
"""The bar lengths the venue offers, in seconds."""


def _url(plain: str, secure: str) -> Check:
    """TLS everywhere but on loopback; an empty text means "not set"."""

    def check(_instance: Any, attribute: "attrs.Attribute[Any]", value: str) -> None:
        if value:
            _check_url(attribute.name, value, plain, secure)

    return check


def _check_url(name: str, value: str, plain: str, secure: str) -> None:
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port  # an impossible port raises here
    except ValueError as error:
        raise ValueError(f"{name} {value!r} is not a URL: {error}") from None
    if parts.scheme not in (plain, secure) or not host:
        raise ValueError(f"{name} must be a {secure}:// URL, not {value!r}")
    if parts.scheme == plain and not _is_loopback(parts):
        raise ValueError(f"{name}: {plain}:// is only allowed on loopback; use {secure}://")
    if parts.username or parts.password:
        raise ValueError(f"{name} must not carry credentials")


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@attrs.frozen(kw_only=True)
class Quiet:
    """Seconds without data after which a subscription is doubted and renewed; 0 is never.

    Book, ticker and funding are pushed on a timer or on every change of a busy market; quotes,
    trades and bars may rest in a quiet one, so their limits are wide.
    """

    quote_s: float = attrs.field(default=30.0, validator=between(0, 86_400))
    trade_s: float = attrs.field(default=300.0, validator=between(0, 86_400))
    book_s: float = attrs.field(default=15.0, validator=between(0, 86_400))
    bar_s: float = attrs.field(default=180.0, validator=between(0, 86_400))
    ticker_s: float = attrs.field(default=30.0, validator=between(0, 86_400))
    funding_s: float = attrs.field(default=150.0, validator=between(0, 86_400))


@attrs.frozen(kw_only=True)
class Settings:
    """`[venues.wooxpro]`.

    Attributes:
        http_url: base of the REST API.
        public_ws_url: WebSocket for market data. Not documented by the venue, so it has no default;
            needed without a simulator.
        private_ws_url: WebSocket for orders; the same holds.
        login_action: word of the login request; the answer always says `access`.
        sign_suffix: end of the signed login text; the documents contradict each other.
        header_prefix: of the three REST authentication headers; older documents say `X-BM`.
        device: last argument of the login.
        ping_interval_s: a ping goes out this often, whatever flows.
        login_timeout_s: longest wait for the answer to a login.
        ack_timeout_s: longest wait for the acknowledgement of a topic before it is asked for again.
        topics_per_frame_max: topics in one subscribe request; sibling clients send 20.
        topic_bytes_max: bytes of all topics in one request.
        frame_interval_s: pause between two subscribe requests.
        anchor_symbol: its funding rate is subscribed while no reader wants anything, because the
            venue closes connections without a subscription; empty for none.
        book_feed: `all` replaces the book with each message, `increase` keeps one from versioned
            changes, `sides` joins one-sided messages.
        book_depth: levels a side: 5, 20 or 50.
        book_speed: `100ms`, `200ms` or empty for the venue's default.
        bar_interval: length of the bars of `Bar` topics.
        quiet: when silence of a topic is suspicious.
        crossed_tolerance_s: how long a crossed book may last before it is doubted.
        details_interval_s: how often instruments are loaded again.
        details_retry_s: first pause after a failed load; doubles up to 30 s.
        maker_fee_rate: part of the notional, for paper trading and display; the venue's list of
            instruments does not say.
        taker_fee_rate: the same for orders that take.
        position_mode: `one_way` or `hedge` refuse an account in the other mode; `auto` follows the
            account.
        default_leverage: sent with opening orders unless a position already has another one.
        open_type: `cross` or `isolated`, likewise.
        apply_leverage: set leverage and open type at the venue at the first reconciliation, for
            instruments without a position.
        asset_currencies: balances that are subscribed.
        login_probe_interval_s: how often the order subscription is repeated to prove that the venue
            still knows the login.
        order_timeout_s: longest wait for the answer to an order request.
        query_timeout_s: longest wait for the answer to a query.
        reconcile_timeout_s: longest time for a whole reconciliation.
        history_overlap_s: how much earlier than asked the order history begins, because it may
            filter by time of creation.
    """

    http_url: str = attrs.field(
        default="https://cloud-api.wooxpro.com", validator=_url("http", "https")
    )
    public_ws_url: str = attrs.field(default="", validator=_url("ws", "wss"))
    private_ws_url: str = attrs.field(default="", validator=_url("ws", "wss"))
    login_action: str = attrs.field(default="access", validator=one_of("access", "login"))
    sign_suffix: str = attrs.field(
        default="wooxpro.WebSocket", validator=one_of("wooxpro.WebSocket", "bitmart.WebSocket")
    )
    header_prefix: str = attrs.field(default="X-API", validator=one_of("X-API", "X-BM"))
    device: str = "web"
    ping_interval_s: float = attrs.field(default=8.0, validator=between(1, IDLE_LIMIT_S - 1))
    login_timeout_s: float = attrs.field(default=10.0, validator=between(0.1, 60))
    ack_timeout_s: float = attrs.field(default=5.0, validator=between(0.1, 60))
    topics_per_frame_max: int = attrs.field(default=20, validator=between(1, 100))
    topic_bytes_max: int = attrs.field(default=2048, validator=between(128, TOPIC_BYTES_LIMIT))
    frame_interval_s: float = attrs.field(default=0.2, validator=between(0, 10))
    anchor_symbol: str = "BTCUSDT"
    book_feed: str = attrs.field(default="all", validator=one_of("all", "increase", "sides"))
    book_depth: int = attrs.field(default=50, validator=one_of(5, 20, 50))
    book_speed: str = attrs.field(default="100ms", validator=one_of("", "100ms", "200ms"))
    bar_interval: str = attrs.field(default="1m", validator=one_of(*BAR_SECONDS))
    quiet: Quiet = attrs.field(factory=Quiet)
    crossed_tolerance_s: float = attrs.field(default=2.0, validator=between(0, 60))
    details_interval_s: float = attrs.field(default=3_600.0, validator=between(10, 86_400))
    details_retry_s: float = attrs.field(default=1.0, validator=between(0.1, 30))
    maker_fee_rate: Decimal = attrs.field(
        default=Decimal("0.0002"), validator=between(Decimal("-0.01"), Decimal("0.01"))
    )
    taker_fee_rate: Decimal = attrs.field(
        default=Decimal("0.0006"), validator=between(Decimal("-0.01"), Decimal("0.01"))
    )
    position_mode: str = attrs.field(default="auto", validator=one_of("auto", "one_way", "hedge"))
    default_leverage: int = attrs.field(default=10, validator=between(1, 200))
    open_type: str = attrs.field(default="cross", validator=one_of("cross", "isolated"))
    apply_leverage: bool = False
    asset_currencies: tuple[str, ...] = ("USDT",)
    login_probe_interval_s: float = attrs.field(default=30.0, validator=between(1, 3_600))
    order_timeout_s: float = attrs.field(default=5.0, validator=between(0.5, 60))
    query_timeout_s: float = attrs.field(default=10.0, validator=between(0.5, 60))
    reconcile_timeout_s: float = attrs.field(default=60.0, validator=between(1, 600))
    history_overlap_s: int = attrs.field(default=60, validator=between(0, 7 * 86_400))

    def __attrs_post_init__(self) -> None:
        for currency in self.asset_currencies:
            if currency not in ("USDT", "BTC", "ETH"):
                raise ValueError(
                    f"asset_currencies may name USDT, BTC and ETH, not {currency!r}: "
                    "the venue pushes no others"
                )

    def for_simulator(self, endpoints: Mapping[str, str]) -> "Settings":
        """The same settings towards a simulator with endpoints `http public_ws private_ws`."""
        return attrs.evolve(
            self,
            http_url=endpoints["http"],
            public_ws_url=endpoints["public_ws"],
            private_ws_url=endpoints["private_ws"],
        )


def with_path(url: str, path: str) -> str:
    """`url`, completed by `path` when it names only a host."""
    parts = urlsplit(url)
    if parts.path.strip("/") or parts.query:
        return url
    return f"{parts.scheme}://{parts.netloc}{path}"
