"""What a user may set on the simulator: where it listens, what market it shows, which knobs it turns.

Every value has a default that works; the knobs follow section 10 of the fact sheet (behaviour of
the venue that is unproven, so that a client can be tested against either possibility).
"""

from decimal import Decimal
from typing import Final, Literal

import attrs

from actors.venues.wooxpro.simulator.login import Credentials

DEFAULT_API_KEY: Final = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
"""API key of the simulated account; public on purpose, it opens nothing but the simulator."""
DEFAULT_API_SECRET: Final = "6c6c98544461bbe71db2bca4c6d7fd0021e0ba9efc215f9c6ad41852df9d9df9"  # noqa: S105 - public on purpose
"""API secret of the simulated account; the one of the venue's published login example."""
DEFAULT_MEMO: Final = "pitboss"
"""Memo of the simulated API key."""
DEFAULT_CREDENTIALS: Final = Credentials(
    api_key=DEFAULT_API_KEY, api_secret=DEFAULT_API_SECRET, memo=DEFAULT_MEMO
)

SIGN_SUFFIXES: Final = ("wooxpro.WebSocket", "bitmart.WebSocket")
"""Both words that may end the signed login text: the page says one, its printed result the other."""


@attrs.frozen(kw_only=True)
class SimulatorSettings:
    """Settings of one simulated venue.

    Attributes:
        host: address to listen on; anything but loopback is the caller's own responsibility.
        port: first of three ports for HTTP, public and private WebSocket; 0 lets the kernel choose.
        http_port: REST and admin port, where it is not to follow from `port`.
        public_ws_port: the same for `/api`.
        private_ws_port: the same for `/user`.
        symbols: contracts that are listed; all of the table when empty.
        seed: of the generated market; the same seed gives the same market.
        replay: folder of a recording, or several separated by the system's path separator; listed
            symbols without a recording are generated.
        speed: how many times faster than recorded the market runs; a generated market has so many
            times more quotes.
        quotes_per_s: of each generated contract, on average.
        hold_for: topics that must all have a subscriber before the market starts to move; when it
            is empty, a replay starts with the first subscription to any market data and a
            generated market at once.
        timestamps: `now` shifts the market to the wall clock, `recorded` shows its own times.
        credentials: accounts that may log in; each one is an account of its own.
        balance: opening balance of each account, in USDT.
        position_mode: `hedge_mode` or `one_way_mode` at the start.
        sign_suffixes: accepted endings of the signed login text.
        header_prefixes: accepted prefixes of the three authentication headers.
        group_suffix: `default` adds the captured default speed to pushes of ticker and
            depthIncrease, `echo` repeats the topic exactly as it was subscribed.
        ticker_interval_ms: shortest time between two tickers of one symbol.
        depth_interval_ms: the same for depth topics without an explicit speed.
        position_push_interval_s: timed push of positions; 0 switches it off.
        idle_timeout_s: a connection without any data for so long is closed.
        lifeless_s: a connection that sent nothing for so long after its start is closed.
        lifeless_strict: only subscribe and login count as signs of life, not just any data.
        trade_m: whether trades carry `m`.
        trade_way: whether trades carry `way`.
        rate_limits: whether REST limits are enforced.
        outbox_bytes_max: unsent bytes after which a slow client is disconnected.
        funding_rate: shown for every contract.
        witness_file: for drills, where to note each order that arrives and what becomes of it; empty
            for nowhere.
    """

    host: str = "127.0.0.1"
    port: int = 0
    http_port: int = 0
    public_ws_port: int = 0
    private_ws_port: int = 0
    symbols: tuple[str, ...] = ()
    seed: int = 1
    replay: str = ""
    speed: float = attrs.field(default=1.0, validator=attrs.validators.gt(0))
    quotes_per_s: float = attrs.field(default=20.0, validator=attrs.validators.gt(0))
    hold_for: tuple[str, ...] = ()
    timestamps: Literal["now", "recorded"] = "now"
    credentials: tuple[Credentials, ...] = (DEFAULT_CREDENTIALS,)
    balance: Decimal = Decimal(100_000)
    position_mode: Literal["hedge_mode", "one_way_mode"] = "hedge_mode"
    sign_suffixes: tuple[str, ...] = SIGN_SUFFIXES
    header_prefixes: tuple[str, ...] = ("X-API", "X-BM")
    group_suffix: Literal["default", "echo"] = "default"
    ticker_interval_ms: int = 1_000
    depth_interval_ms: int = 200
    position_push_interval_s: float = 0.0
    idle_timeout_s: float = 20.0
    lifeless_s: float = 5.0
    lifeless_strict: bool = False
    trade_m: bool = True
    trade_way: bool = True
    rate_limits: bool = True
    outbox_bytes_max: int = 8 * 1024 * 1024
    funding_rate: Decimal = Decimal("0.0001")
    witness_file: str = ""

    def ports(self) -> tuple[int, int, int]:
        """Ports for HTTP, public and private WebSocket; 0 where the kernel is to choose."""
        first, second, third = (self.port + step if self.port else 0 for step in range(3))
        return self.http_port or first, self.public_ws_port or second, self.private_ws_port or third
