"""What a user may set for Longbridge: where it is, how it is spoken to, what is asked of it.

The defaults are the production endpoints over WebSocket. `for_simulator` is the only thing that paper
trading on the simulator changes.
"""

from collections.abc import Mapping
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from actors.venues.longbridge.packets import HANDSHAKE_QUERY
from actors.venues.longbridge.ticks import TICKS, Band, check_bands
from engine.settings.checks import Check, between, one_of

BAR_PERIODS: Final[Mapping[str, tuple[int, int]]] = {
    "1m": (1, 60),
    "2m": (2, 120),
    "3m": (3, 180),
    "5m": (5, 300),
    "10m": (10, 600),
    "15m": (15, 900),
    "20m": (20, 1_200),
    "30m": (30, 1_800),
    "60m": (60, 3_600),
}
"""Words of `bar_period`, as the venue's number of the period and in seconds.

Longer ones do not divide a trading day, so bars made of trades could not agree with the venue's.
"""

SYMBOLS_LIMIT: Final = 500
"""The venue's limit of symbols in a request and of subscribed symbols of a user."""


def _url(plain: str, secure: str) -> Check:
    """A URL of one of two schemes; the plain one on loopback only."""

    def check(_instance: Any, attribute: "attrs.Attribute[Any]", value: str) -> None:
        name = attribute.name
        scheme, host = _parts(name, value)
        if scheme not in (plain, secure) or not host:
            raise ValueError(f"{name} must be a {secure}:// URL, not {value!r}")
        if scheme == plain != secure and not _is_loopback(host):
            raise ValueError(f"{name}: {plain}:// is only allowed on loopback; use {secure}://")
        if value.endswith("/"):
            raise ValueError(f"{name} must not end in a slash")

    return check


def _parts(name: str, value: str) -> tuple[str, str]:
    try:
        parts = urlsplit(value)
        _ = parts.port  # an impossible port raises here
    except ValueError as error:
        raise ValueError(f"{name} {value!r} is not a URL: {error}") from None
    if parts.username or parts.password:
        raise ValueError(f"{name} must not carry credentials")
    return parts.scheme, parts.hostname or ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@attrs.frozen(kw_only=True)
class Quiet:
    """Seconds without data, while its market trades, after which a subscription is renewed; 0 never.

    `any_hour` says that markets trade round the clock, whatever the venue's calendar: a simulator's do.
    """

    quote_s: float = attrs.field(default=120.0, validator=between(0, 86_400))
    depth_s: float = attrs.field(default=120.0, validator=between(0, 86_400))
    trade_s: float = attrs.field(default=0.0, validator=between(0, 86_400))
    any_hour: bool = False


@attrs.frozen(kw_only=True)
class Ticks:
    """The tick table of each market, bands ascending."""

    hk: tuple[Band, ...] = TICKS["HK"]
    us: tuple[Band, ...] = TICKS["US"]
    cn: tuple[Band, ...] = TICKS["CN"]
    sg: tuple[Band, ...] = TICKS["SG"]

    def __attrs_post_init__(self) -> None:
        for name in ("hk", "us", "cn", "sg"):
            check_bands(f"ticks.{name}", getattr(self, name))

    def of(self, market: str) -> tuple[Band, ...]:
        """The table of `HK`, `US`, `CN` or `SG`."""
        bands: tuple[Band, ...] = getattr(self, market.lower())
        return bands


@attrs.frozen(kw_only=True)
class Settings:
    """`[venues.longbridge]`.

    Attributes:
        http_url: base of the HTTP API; a path in it is kept and signed.
        quote_ws_url: the quote gateway over WebSocket; its path is kept, the query is added.
        trade_ws_url: the trade gateway over WebSocket.
        quote_tcp_url: the quote gateway over TCP.
        trade_tcp_url: the trade gateway over TCP.
        transport: `ws` or `tcp`, for both gateways.
        tcp_unencrypted_accepted: the venue's TCP gateways are plain text. Off loopback they are used
            only if this says so; one-time passwords and session ids are then readable on the way.
        language: of names and error texts.
        overnight: quotes of the US overnight session, too.
        heartbeat_interval_s: how often we ping, whatever flows.
        silence_limit_s: silence after which the connection counts as dead.
        login_timeout_s: longest wait for the answer to a login; also told to the venue.
        request_timeout_s: longest wait for the answer to any other request; also told to the venue.
        symbols: instruments to define beside those that are wanted.
        subscribed_symbols_max: the venue's limit for an account.
        requests_per_s: the venue's limit of quote requests.
        requests_under_way_max: the venue's limit of quote requests at a time.
        depth_pushes: whether a push of depth changes the positions it names (`merge`), replaces the
            book (`replace`), or is taken by its looks (`auto`; see `books`).
        crossed_tolerance_s: how long a crossed book may last before it is asked for anew.
        first_push: have the venue push the present quote and depth with each subscription.
        warm_up_trades: how many past trades are asked for and published when trades are subscribed
            first; 0 for none. After a gap the missed ones are asked for whatever this says.
        bar_period: length of bars of `Bar` topics; made of trades, warmed up with candlesticks.
        warm_up_bars: how many finished bars are published when bars are subscribed first.
        quiet: when silence of a topic is suspicious.
        static_interval_s: how often instruments and calendars are loaded again.
        ticks: tick tables of the markets.
        fee_rate: part of the notional, for paper trading and display: the venue does not say it.
        order_timeout_s: longest wait for the answer to an order request.
        query_timeout_s: longest wait for the answer to an HTTP query.
        reconcile_timeout_s: longest time for a whole reconciliation.
        topic_renewal_s: how often the order topic is subscribed again, in case it was lost silently.
        history_overlap_s: how much further back than asked for orders are read: nobody says whether
            the venue's history goes by the time of entry or of the last change.
        hk_limit_order_type: how limit orders in Hong Kong are written: `LO`, or `ELO` (enhanced), which
            may trade with up to ten price levels at once.
        odd_lots: what becomes of a limit order for Hong Kong shares below a board lot: `refuse`, or
            `odd` to send it as an odd-lot order, which trades in a market of its own.
        outside_rth: when US limit orders may trade: `RTH_ONLY`, `ANY_TIME` (before and after the regular
            session), `OVERNIGHT`.
        paper_account: the access token is a paper account's: the venue is told so, and what it does not
            do there (orders for longer than the day, trading outside regular hours) is not asked for.
    """

    http_url: str = attrs.field(
        default="https://openapi.longbridge.com", validator=_url("http", "https")
    )
    quote_ws_url: str = attrs.field(
        default="wss://openapi-quote.longbridge.com/v2", validator=_url("ws", "wss")
    )
    trade_ws_url: str = attrs.field(
        default="wss://openapi-trade.longbridge.com/v2", validator=_url("ws", "wss")
    )
    quote_tcp_url: str = attrs.field(
        default="tcp://openapi-quote.longbridge.com:2020", validator=_url("tcp", "tcp")
    )
    trade_tcp_url: str = attrs.field(
        default="tcp://openapi-trade.longbridge.com:2020", validator=_url("tcp", "tcp")
    )
    transport: str = attrs.field(default="ws", validator=one_of("ws", "tcp"))
    tcp_unencrypted_accepted: bool = False
    language: str = attrs.field(default="en", validator=one_of("en", "zh-CN", "zh-HK"))
    overnight: bool = False
    heartbeat_interval_s: float = attrs.field(default=20.0, validator=between(0.05, 60))
    silence_limit_s: float = attrs.field(default=45.0, validator=between(0.1, 120))
    login_timeout_s: float = attrs.field(default=5.0, validator=between(0.1, 60))
    request_timeout_s: float = attrs.field(default=10.0, validator=between(0.1, 60))
    symbols: tuple[str, ...] = ()
    subscribed_symbols_max: int = attrs.field(
        default=SYMBOLS_LIMIT, validator=between(1, SYMBOLS_LIMIT)
    )
    requests_per_s: int = attrs.field(default=10, validator=between(1, 100))
    requests_under_way_max: int = attrs.field(default=5, validator=between(1, 100))
    depth_pushes: str = attrs.field(default="auto", validator=one_of("auto", "merge", "replace"))
    crossed_tolerance_s: float = attrs.field(default=2.0, validator=between(0, 60))
    first_push: bool = True
    warm_up_trades: int = attrs.field(default=0, validator=between(0, 1_000))
    bar_period: str = attrs.field(default="1m", validator=one_of(*BAR_PERIODS))
    warm_up_bars: int = attrs.field(default=100, validator=between(0, 1_000))
    quiet: Quiet = attrs.field(factory=Quiet)
    static_interval_s: float = attrs.field(default=3_600.0, validator=between(1, 86_400))
    ticks: Ticks = attrs.field(factory=Ticks)
    fee_rate: Decimal = attrs.field(
        default=Decimal("0.0003"), validator=between(Decimal(0), Decimal("0.01"))
    )
    order_timeout_s: float = attrs.field(default=10.0, validator=between(0.5, 60))
    query_timeout_s: float = attrs.field(default=10.0, validator=between(0.5, 60))
    reconcile_timeout_s: float = attrs.field(default=60.0, validator=between(1, 600))
    topic_renewal_s: float = attrs.field(default=60.0, validator=between(0.1, 86_400))
    history_overlap_s: int = attrs.field(default=86_400, validator=between(0, 7_776_000))
    hk_limit_order_type: str = attrs.field(default="LO", validator=one_of("LO", "ELO"))
    odd_lots: str = attrs.field(default="refuse", validator=one_of("refuse", "odd"))
    outside_rth: str = attrs.field(
        default="RTH_ONLY", validator=one_of("RTH_ONLY", "ANY_TIME", "OVERNIGHT")
    )
    paper_account: bool = False

    def __attrs_post_init__(self) -> None:
        if self.silence_limit_s <= self.heartbeat_interval_s:
            raise ValueError("silence_limit_s must be longer than heartbeat_interval_s")

    def for_simulator(self, endpoints: Mapping[str, str]) -> "Settings":
        """The same settings towards a simulator: `http quote_ws trade_ws quote_tcp trade_tcp`.

        Its account is no paper account: it would refuse every request that says so.
        """
        return attrs.evolve(
            self,
            http_url=endpoints["http"],
            quote_ws_url=endpoints["quote_ws"],
            trade_ws_url=endpoints["trade_ws"],
            quote_tcp_url=endpoints["quote_tcp"],
            trade_tcp_url=endpoints["trade_tcp"],
            quiet=attrs.evolve(self.quiet, any_hour=True),
            paper_account=False,
        )

    @property
    def is_tcp(self) -> bool:
        """Whether the gateways are reached over TCP."""
        return self.transport == "tcp"

    def quote_url(self) -> str:
        """Where the quote session connects to."""
        return self.quote_tcp_url if self.is_tcp else _with_handshake(self.quote_ws_url)

    def trade_url(self) -> str:
        """Where the trade session connects to."""
        return self.trade_tcp_url if self.is_tcp else _with_handshake(self.trade_ws_url)


def _with_handshake(url: str) -> str:
    """The URL with what the WebSocket handshake says in its query."""
    return f"{url}{'&' if '?' in url else '?'}{HANDSHAKE_QUERY}"
