"""What a user may set on the simulator: where it listens, what market it shows, which knobs it turns.

Every value has a default that works. Knobs whose real value nobody outside the venue knows (idle
limits, session lifetime, ping interval) can be set so that a client is tested against either.
"""

from collections.abc import Callable
from typing import Any, Literal

import attrs

from actors.venues.longbridge.simulator.credentials import DEFAULT_CREDENTIALS, Credentials
from actors.venues.longbridge.simulator.tradesettings import TradeSettings

_above_zero: Callable[[Any, Any, Any], None] = attrs.validators.gt(0)


@attrs.frozen(kw_only=True)
class SimulatorSettings(TradeSettings):
    """Settings of one simulated venue; those of accounts and orders are in `TradeSettings`.

    Attributes:
        host: address to listen on; anything but loopback is the caller's own responsibility.
        port: first of five ports in the order below; 0 lets the kernel choose.
        http_port: the HTTP API and the simulator's own routes, where not to follow from `port`.
        quote_ws_port: the same for the quote gateway on WebSocket.
        trade_ws_port: the same for the trade gateway on WebSocket.
        quote_tcp_port: the same for the quote gateway on TCP.
        trade_tcp_port: the same for the trade gateway on TCP.
        symbols: securities that are listed; all of the table when empty.
        seed: of the generated market; the same seed gives the same market.
        replay: folder of a recording or of several, or such folders separated by the system's path
            separator. In a folder of recordings those of other securities are left alone.
        speed: how many times faster than recorded the market runs; a generated market has so many
            times more quotes.
        quotes_per_s: of each generated security, on average.
        hold: the market stands still until the first subscription of anything; with a recording it
            always does, so that a client misses none of it.
        trading_hours: `open` lets every market trade all the time, `real` by its hours.
        credentials: accounts that may log in; each one is an account of its own.
        otp_s: a one-time password that was not used for so long is worth nothing.
        session_s: how long after its login a session may be resumed.
        connection_limit: connections of one account over both gateways.
        ping_s: interval of the server's pings on WebSocket; 0 for none.
        tcp_heartbeat_s: interval of the server's heartbeat requests on TCP; 0 for none.
        idle_s: a connection that sent nothing at all for so long is closed.
        login_s: a connection without a login for so long is closed.
        gzip_from: bodies of so many bytes and more are sent compressed; 0 for never.
        subscription_limit: symbols one account may be subscribed to.
        calls_per_s: quote requests of one account in one second.
        concurrent_calls: quote requests of one account under way at once.
        announce_rate_limits: whether the user profile tells the limits; SDKs then wait by themselves.
        rate_limits: whether the limits on calls are enforced (HTTP and gateways).
        depth_levels: positions of a generated book that are shown on each side.
        depth_interval_ms: shortest time between two depth pushes of one symbol.
        outbox_bytes_max: unsent bytes after which a slow client is disconnected.
        witness_file: for drills, where to note each order that arrives and what becomes of it;
            empty for nowhere.
    """

    host: str = "127.0.0.1"
    port: int = 0
    http_port: int = 0
    quote_ws_port: int = 0
    trade_ws_port: int = 0
    quote_tcp_port: int = 0
    trade_tcp_port: int = 0
    symbols: tuple[str, ...] = ()
    seed: int = 1
    replay: str = ""
    speed: float = attrs.field(default=1.0, validator=_above_zero)
    quotes_per_s: float = attrs.field(default=10.0, validator=_above_zero)
    hold: bool = False
    trading_hours: Literal["open", "real"] = "open"
    credentials: tuple[Credentials, ...] = (DEFAULT_CREDENTIALS,)
    otp_s: float = attrs.field(default=300.0, validator=_above_zero)
    session_s: float = attrs.field(default=3_600.0, validator=_above_zero)
    connection_limit: int = attrs.field(default=10, validator=_above_zero)
    ping_s: float = 30.0
    tcp_heartbeat_s: float = 30.0
    idle_s: float = attrs.field(default=120.0, validator=_above_zero)
    login_s: float = attrs.field(default=15.0, validator=_above_zero)
    gzip_from: int = 0
    subscription_limit: int = attrs.field(default=500, validator=_above_zero)
    calls_per_s: int = attrs.field(default=10, validator=_above_zero)
    concurrent_calls: int = attrs.field(default=5, validator=_above_zero)
    announce_rate_limits: bool = False
    rate_limits: bool = True
    depth_levels: int = attrs.field(default=10, validator=_above_zero)
    depth_interval_ms: int = 100
    outbox_bytes_max: int = 8 * 1024 * 1024
    witness_file: str = ""

    def ports(self) -> dict[str, int]:
        """The port of every endpoint, in order; 0 where the kernel is to choose."""
        chosen = {
            "http": self.http_port,
            "quote_ws": self.quote_ws_port,
            "trade_ws": self.trade_ws_port,
            "quote_tcp": self.quote_tcp_port,
            "trade_tcp": self.trade_tcp_port,
        }
        return {
            name: port or (self.port + place if self.port else 0)
            for place, (name, port) in enumerate(chosen.items())
        }
