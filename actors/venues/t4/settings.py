"""What a user may set for T4: where it is, who we are there, what is asked of it.

The defaults are the production endpoints. `for_simulator` is the only thing that paper trading on the
simulator changes.
"""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from actors.venues.t4.prices import PriceFormat
from actors.venues.t4.proto import enums_pb2
from actors.venues.t4.wire import is_identifier
from engine.messages.market import LEVELS_MAX
from engine.settings.checks import Check, between, one_of

HEARTBEAT_S: Final = 20.0
"""The venue's interval."""
SILENCE_S: Final = 60.0
"""Three intervals without anything: either side then takes the connection for dead."""

BUFFERS: Final[Mapping[str, int]] = {
    "slow_smart": enums_pb2.DEPTH_BUFFER_SLOW_SMART,
    "slow_trade": enums_pb2.DEPTH_BUFFER_SLOW_TRADE,
    "smart": enums_pb2.DEPTH_BUFFER_SMART,
    "smart_trade": enums_pb2.DEPTH_BUFFER_SMART_TRADE,
    "fast_smart": enums_pb2.DEPTH_BUFFER_FAST_SMART,
    "fast_trade": enums_pb2.DEPTH_BUFFER_FAST_TRADE,
    "all": enums_pb2.DEPTH_BUFFER_ALL,
    "trade_only": enums_pb2.DEPTH_BUFFER_TRADE_ONLY,
}
"""Words of `depth_buffer`."""
TRADE_BUFFERS: Final = frozenset({"slow_trade", "smart_trade", "fast_trade", "trade_only"})
"""Those with which every trade is told by itself."""
LEVELS: Final[Mapping[str, tuple[int, int]]] = {
    "best": (enums_pb2.DEPTH_LEVELS_BEST_ONLY, 1),
    "normal": (enums_pb2.DEPTH_LEVELS_NORMAL, 10),
    "all": (enums_pb2.DEPTH_LEVELS_ALL, LEVELS_MAX),
}
"""Words of `depth_levels`: the venue's value, and the levels a side that are published."""

BAR_INTERVALS: Final[Mapping[str, tuple[str, int, int]]] = {
    "1m": ("Minute", 1, 60),
    "3m": ("Minute", 3, 180),
    "5m": ("Minute", 5, 300),
    "10m": ("Minute", 10, 600),
    "15m": ("Minute", 15, 900),
    "30m": ("Minute", 30, 1_800),
    "1h": ("Hour", 1, 3_600),
}
"""Words of `bar_interval`: the chart's interval and period, and the length in seconds.

Longer ones follow the trading day and not the clock, so bars made of trades could not agree; of shorter
ones the chart of a day is too long an answer.
"""

SIMULATED_CONTRACT: Final = "CME_Eq/ES"
SIMULATED_ACCOUNT: Final = "SIM00001"
"""What simulators have, for configurations that name none."""

CONTRACTS_MAX: Final = 50
MARKETS_MAX: Final = 500


def _url(plain: str, secure: str) -> Check:
    """A URL of one of two schemes; the plain one on loopback only."""

    def check(_instance: Any, attribute: "attrs.Attribute[Any]", value: str) -> None:
        name = attribute.name
        try:
            parts = urlsplit(value)
            _ = parts.port  # an impossible port raises here
        except ValueError as error:
            raise ValueError(f"{name} {value!r} is not a URL: {error}") from None
        if parts.scheme not in (plain, secure) or not parts.hostname:
            raise ValueError(f"{name} must be a {secure}:// URL, not {value!r}")
        if parts.username or parts.password:
            raise ValueError(f"{name} must not carry credentials")
        if parts.scheme == plain and not _is_loopback(parts.hostname):
            raise ValueError(f"{name}: {plain}:// is only allowed on loopback; use {secure}://")
        if value.endswith("/"):
            raise ValueError(f"{name} must not end in a slash")

    return check


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _account(_instance: Any, attribute: "attrs.Attribute[Any]", value: str) -> None:
    if value and not is_identifier(value):
        raise ValueError(f"{attribute.name} must be an id, number or name, not {value!r}")


def _time_of_day(_instance: Any, attribute: "attrs.Attribute[Any]", value: str) -> None:
    try:
        given = time.fromisoformat(value)
    except ValueError:
        given = None
    if given is None or len(value) != 5:
        raise ValueError(f"{attribute.name} must be a time such as 17:00, not {value!r}")


def _zone(_instance: Any, attribute: "attrs.Attribute[Any]", value: str) -> None:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(
            f"{attribute.name} must be a time zone such as America/Chicago, not {value!r}"
        ) from None


def _paths(pieces: int, example: str, most: int) -> Check:
    """Texts of so many ids, joined by slashes; the last one may hold slashes itself."""

    def check(_instance: Any, attribute: "attrs.Attribute[Any]", value: tuple[str, ...]) -> None:
        name = attribute.name
        if len(value) > most:
            raise ValueError(f"{name} names {len(value)}; at most {most} can be had")
        for text in value:
            found = text.split("/", pieces - 1)
            if len(found) != pieces or not all(is_identifier(piece) for piece in found):
                raise ValueError(f"{name} must name them as in {example!r}, not {text!r}")
        if len(set(value)) != len(value):
            raise ValueError(f"{name} names one of them twice")

    return check


@attrs.frozen(kw_only=True)
class Settings:
    """`[venues.t4]`.

    Attributes:
        ws_url: the WebSocket, `wss://wss-sim.t4login.com/v1` for the venue's own simulator.
        http_url: base of REST, `https://api-sim.t4login.com` for the venue's own simulator.
        login: `user` (firm, username, password, app_name, app_license) or `api_key`. Credentials that
            this kind of login does not need are not sent and may be anything, a dash for example.
        price_format: how the venue writes prices, `real`, `decimal` or `clearing_decimal`; the
            engine's own prices are the same with each of them.
        contracts: whose markets can be traded, as `EXCHANGE/CONTRACT` (`CME_Eq/ES`). Their markets
            are asked for over REST after the first login.
        listing_interval_s: how often that is asked again: contracts get new markets.
        markets: markets that need not be asked for, as `EXCHANGE/CONTRACT/MARKET`
            (`CME_Eq/ES/XCME_Eq ES (H24)`).
        strategies: which kinds of markets of the contracts: `None` are outrights, `CalendarSpread`
            and so on spreads.
        depth_buffer: how depth is buffered: `slow_smart smart fast_smart all`, or the same with every
            trade told by itself, `slow_trade smart_trade fast_trade`; `trade_only` has no depth.
        depth_levels: `best`, `normal` (about ten a side) or `all`.
        book_source: where `Book` comes from: `depth`, or `market_by_order`, where every single order
            is told and books are made of them here.
        book_levels: levels a side that a book made of single orders shows.
        implied: whether implied volume is added to the levels that it stands at.
        delayed_accepted: whether delayed data is published. Without it such data is marked stale.
        quiet_s: seconds without depth while a market is open after which its subscription is renewed;
            0 for never.
        crossed_tolerance_s: how long a crossed book may last while its market is open before it is
            asked for anew.
        bar_interval: length of bars of `Bar` topics; made of trades, warmed up from the chart.
        warm_up_bars: how many finished bars are published when bars are subscribed first.
        account: id, number or name of the account to trade on; may be empty when the login lists one.
        trading_day_start: from when a trading day's orders are told, `HH:MM`; what is older is proven
            by nothing.
        trading_day_zone: where that is.
        currency: of prices and profit; the venue does not say it with a market.
        currencies: the same for single exchanges or contracts: `{ Eurex = "EUR", "CME_Ny/X" = "USD" }`.
        fee_rate: part of the notional, for paper trading and display: the venue does not say it.
        heartbeat_interval_s: how often we say that we are there.
        silence_limit_s: silence after which the connection counts as dead.
        login_timeout_s: longest wait for the answer to a login.
        snapshot_timeout_s: longest wait for the first data of a subscription.
        token_refresh_s: a token for REST that ends so soon is replaced first.
        token_timeout_s: longest wait for another token.
        query_timeout_s: longest wait for an answer over REST.
        requests_per_s: calls over REST in a second; no limit of the venue is known.
        order_timeout_s: longest wait for the first news of an order.
        account_timeout_s: longest wait for the answer to the subscription of an account.
        reconcile_timeout_s: longest time for a whole reconciliation.
    """

    ws_url: str = attrs.field(default="wss://wss.t4login.com/v1", validator=_url("ws", "wss"))
    http_url: str = attrs.field(default="https://api.t4login.com", validator=_url("http", "https"))
    login: str = attrs.field(default="user", validator=one_of("user", "api_key"))
    price_format: PriceFormat = PriceFormat.REAL
    contracts: tuple[str, ...] = attrs.field(
        default=(), validator=_paths(2, "CME_Eq/ES", CONTRACTS_MAX)
    )
    markets: tuple[str, ...] = attrs.field(
        default=(), validator=_paths(3, "CME_Eq/ES/XCME_Eq ES (H24)", MARKETS_MAX)
    )
    listing_interval_s: float = attrs.field(default=3_600.0, validator=between(1, 86_400))
    strategies: tuple[str, ...] = attrs.field(default=("None",), validator=_paths(1, "None", 100))
    depth_buffer: str = attrs.field(default="smart_trade", validator=one_of(*BUFFERS))
    depth_levels: str = attrs.field(default="normal", validator=one_of(*LEVELS))
    book_source: str = attrs.field(default="depth", validator=one_of("depth", "market_by_order"))
    book_levels: int = attrs.field(default=20, validator=between(1, LEVELS_MAX))
    implied: bool = False
    delayed_accepted: bool = False
    quiet_s: float = attrs.field(default=60.0, validator=between(0, 86_400))
    crossed_tolerance_s: float = attrs.field(default=2.0, validator=between(0, 60))
    bar_interval: str = attrs.field(default="1m", validator=one_of(*BAR_INTERVALS))
    warm_up_bars: int = attrs.field(default=100, validator=between(0, 1_000))
    account: str = attrs.field(default="", validator=_account)
    trading_day_start: str = attrs.field(default="17:00", validator=_time_of_day)
    trading_day_zone: str = attrs.field(default="America/Chicago", validator=_zone)
    currency: str = "USD"
    currencies: Mapping[str, str] = attrs.field(factory=dict)
    fee_rate: Decimal = attrs.field(
        default=Decimal("0.00001"), validator=between(Decimal(0), Decimal("0.01"))
    )
    heartbeat_interval_s: float = attrs.field(default=HEARTBEAT_S, validator=between(0.05, 50))
    silence_limit_s: float = attrs.field(default=SILENCE_S, validator=between(0.1, 300))
    login_timeout_s: float = attrs.field(default=10.0, validator=between(0.1, 60))
    snapshot_timeout_s: float = attrs.field(default=5.0, validator=between(0.1, 60))
    token_refresh_s: float = attrs.field(default=30.0, validator=between(1, 600))
    token_timeout_s: float = attrs.field(default=30.0, validator=between(0.1, 60))
    query_timeout_s: float = attrs.field(default=10.0, validator=between(0.5, 60))
    requests_per_s: int = attrs.field(default=5, validator=between(1, 100))
    order_timeout_s: float = attrs.field(default=5.0, validator=between(0.5, 60))
    account_timeout_s: float = attrs.field(default=10.0, validator=between(0.5, 60))
    reconcile_timeout_s: float = attrs.field(default=30.0, validator=between(1, 600))

    def __attrs_post_init__(self) -> None:
        if self.silence_limit_s <= self.heartbeat_interval_s:
            raise ValueError("silence_limit_s must be longer than heartbeat_interval_s")
        if self.depth_buffer == "trade_only" and self.book_source == "depth":
            raise ValueError(
                'depth_buffer "trade_only" brings no books: '
                'use another one, or book_source = "market_by_order"'
            )
        for place, currency in {"currency": self.currency, **self.currencies}.items():
            if not (currency.isascii() and currency.isalpha() and len(currency) == 3):
                raise ValueError(f"{place}: a currency has three letters, not {currency!r}")

    def for_simulator(self, endpoints: Mapping[str, str]) -> "Settings":
        """The same settings towards a simulator with the endpoints `http` and `ws`.

        Where no contract or market is named, the simulator's first one is; likewise of accounts.
        """
        named = self.contracts or self.markets
        return attrs.evolve(
            self,
            http_url=endpoints["http"],
            ws_url=endpoints["ws"],
            contracts=self.contracts if named else (SIMULATED_CONTRACT,),
            account=self.account or SIMULATED_ACCOUNT,
        )

    @property
    def tells_trades(self) -> bool:
        """Whether trades come by themselves; else they are taken from depth."""
        return self.depth_buffer in TRADE_BUFFERS

    def currency_of(self, exchange_id: str, contract_id: str) -> str:
        """What prices of a contract are in."""
        found = self.currencies.get(f"{exchange_id}/{contract_id}")
        return found or self.currencies.get(exchange_id, self.currency)
