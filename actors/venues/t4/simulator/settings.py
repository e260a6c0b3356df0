"""What a user may set on the simulator: where it listens, what market it shows, which knobs it turns.

Every value has a default that works. What nobody outside the venue knows (buffer times, token life,
close codes) can be set, so that a client is tested against either possibility.
"""

from collections.abc import Callable
from typing import Any, Literal

import attrs

from actors.venues.t4.simulator.tradesettings import TradeSettings
from actors.venues.t4.simulator.users import DEFAULT_USER, User

_above_zero: Callable[[Any, Any, Any], None] = attrs.validators.gt(0)
_not_negative: Callable[[Any, Any, Any], None] = attrs.validators.ge(0)


@attrs.frozen(kw_only=True)
class SimulatorSettings(TradeSettings):
    """Settings of one simulated venue; those of accounts and orders are in `TradeSettings`.

    Attributes:
        host: address to listen on; anything but loopback is the caller's own responsibility.
        port: of WebSocket and REST alike; 0 lets the kernel choose.
        ws_port: of WebSocket, where it is not to be `port`; every port answers both.
        http_port: of REST, where it is not to be `port`.
        markets: market ids that are listed; all of the table when empty.
        seed: of the generated market; the same seed gives the same market.
        replay: folder of a recorded market by order, or a folder of such folders; markets without a
            recording are generated.
        speed: how many times faster than recorded the market runs; a generated market has so many
            times more quotes.
        pre_open_s: recorded seconds before the open at which a replay begins to move (what came
            before is in the book already); 3600 is all of the recorded auction.
        repeat: whether a recording begins again at its end.
        quotes_per_s: of each generated market, on average.
        hold_for: subscriptions that must all be there before the market starts to move, as
            `MARKET_ID/depth` or `MARKET_ID/mbo`; when it is empty, a replay starts with the first
            subscription of anything and a generated market at once.
        timestamps: `now` shifts the market to the wall clock, `recorded` shows its own times.
        users: who may log in.
        market_data: bits of what users may see, by exchange id: 1 top of book, 2 depth, 4 E-mini,
            8 delayed; exchanges that are not named have 3.
        delay_s: how late delayed data is.
        sessions_per_user: sessions one user may have; a further login ends the oldest.
        heartbeat_s: the server sends a heartbeat when it has sent nothing for so long.
        silence_s: a connection that sent no message for so long is closed.
        silence_close: WebSocket code of that close.
        login_s: a connection without a login for so long is closed.
        token_s: life of an authentication token.
        point_value_per: `decimal` states point values per unit of the DECIMAL format whatever the
            session's format, `format` per unit of the session's own.
        slow_ms: time between two images of the SLOW buffers.
        smart_ms: the same for SMART buffers, which tell changes of the best prices at once.
        fast_ms: the same for FAST buffers.
        depth_levels: positions of a generated book on each side.
        normal_levels: positions on each side that NORMAL shows.
        outbox_bytes_max: unsent bytes after which a slow client is disconnected.
        witness_file: for drills, where to note each order that arrives and what becomes of it;
            empty for nowhere.
    """

    host: str = "127.0.0.1"
    port: int = 0
    ws_port: int = 0
    http_port: int = 0
    markets: tuple[str, ...] = ()
    seed: int = 1
    replay: str = ""
    speed: float = attrs.field(default=1.0, validator=_above_zero)
    pre_open_s: float = attrs.field(default=5.0, validator=_not_negative)
    repeat: bool = True
    quotes_per_s: float = attrs.field(default=10.0, validator=_above_zero)
    hold_for: tuple[str, ...] = ()
    timestamps: Literal["now", "recorded"] = "now"
    users: tuple[User, ...] = (DEFAULT_USER,)
    market_data: dict[str, int] = attrs.field(factory=dict)
    delay_s: float = attrs.field(default=5.0, validator=_not_negative)
    sessions_per_user: int = attrs.field(default=1, validator=_above_zero)
    heartbeat_s: float = attrs.field(default=20.0, validator=_above_zero)
    silence_s: float = attrs.field(default=60.0, validator=_above_zero)
    silence_close: int = 1000
    login_s: float = attrs.field(default=30.0, validator=_above_zero)
    token_s: float = attrs.field(default=3_600.0, validator=_above_zero)
    point_value_per: Literal["decimal", "format"] = "decimal"
    slow_ms: float = attrs.field(default=500.0, validator=_not_negative)
    smart_ms: float = attrs.field(default=100.0, validator=_not_negative)
    fast_ms: float = attrs.field(default=20.0, validator=_not_negative)
    depth_levels: int = attrs.field(default=20, validator=_above_zero)
    normal_levels: int = attrs.field(default=10, validator=_above_zero)
    outbox_bytes_max: int = 8 * 1024 * 1024
    witness_file: str = ""

    def ports(self) -> dict[str, int]:
        """The port of each endpoint; 0 where the kernel is to choose, which then is one for both."""
        return {"ws": self.ws_port or self.port, "http": self.http_port or self.port}
