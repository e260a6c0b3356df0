"""What a user may set on the simulator: where it listens, what market it shows, which knobs it turns.

Every value has a default that works; the knobs follow section 10 of the fact sheet (behaviour of
the venue that is unproven, so that a client can be tested against either possibility).
"""

from typing import Final, Literal

import attrs

from actors.venues.alltick.simulator.plans import PLANS

DEFAULT_TOKEN: Final = "simulated-alltick-token-0001"  # noqa: S105 - public on purpose
"""Token of the simulated account; it opens nothing but the simulator."""


@attrs.frozen(kw_only=True)
class Account:
    """One token and its plan; an expired one is refused like a wrong one."""

    token: str
    plan: str = attrs.field(default="professional", validator=attrs.validators.in_(PLANS))
    expired: bool = False


@attrs.frozen(kw_only=True)
class SimulatorSettings:
    """Settings of one simulated venue.

    Attributes:
        host: address to listen on; anything but loopback is the caller's own responsibility.
        port: for all four endpoints, where they are not given one each; 0 lets the kernel choose.
        stock_ws_port: every port serves every path, so equal numbers share one listener.
        other_ws_port: as above.
        stock_http_port: as above.
        other_http_port: as above.
        symbols: codes that are listed; all of the catalog when empty.
        seed: of the generated market; the same seed gives the same market.
        replay: folder of a recording, or of several recordings, or several of either separated by
            the system's path separator; listed codes without a recording are generated.
        repeat: a recording that has ended starts over.
        speed: how many times faster than recorded the market runs; a generated market has so many
            times more quotes.
        quotes_per_s: of each generated instrument, on average.
        hold_for: `depth:CODE`, `trade:CODE` or `CODE` that must all have a subscriber before the
            market starts to move; when it is empty, a replay starts with the first subscription and
            a generated market at once.
        timestamps: `now` shifts the market to the wall clock, `recorded` shows its own times.
        token: of the account when `accounts` is empty.
        plan: of that account.
        accounts: tokens that are known, instead of `token` and `plan`.
        heartbeat_timeout_s: a connection without a heartbeat request for so long is closed.
        heartbeat_required: whether it is.
        strict_heartbeats: heartbeats with the official examples' malformed data are refused.
        pacing: what becomes of a request that follows another too soon.
        pacing_scope: whether requests on connections of the other path count for the 3 s rule.
        request_interval_s: shortest time between two requests on one connection.
        cross_interval_s: the same between two connections of one token.
        reconnect_pacing: whether connecting again too soon is refused.
        connection_limit: connections per token and path; 0 for that of the plan.
        code_limit: codes per connection and kind; 0 for that of the plan.
        over_code_limit: the rest is silently ignored, or the whole request is refused (603).
        unknown_codes: a subscription with one is refused (600), or they are silently left out.
        excess_connection: the upgrade is refused with 429, or accepted, told 606 and closed.
        close_style: a venue's own close is a close frame, or the plain end of the connection.
        legacy_ret: 201 and 202 instead of 400.
        unauthorized: codes that no plan includes (604).
        absent_depth: what a subscription without `depth_level` gets.
        snapshot: the last known book and trade are sent on subscribing.
        ack: before or after that snapshot.
        ws_numbers: `seq` and `tick_time` in pushes.
        http_numbers: the same over HTTP.
        tick_time: unit of `tick_time`.
        constant_direction: `trade_direction` of forex, metals and energy.
        turnover: whether those classes show one.
        without_volume: asset classes whose volumes are not published.
        absent_volume: how a volume that is not published is shown.
        depth_interval_ms: shortest time between two books of one code; 0 shows every change.
        rate_limits: whether HTTP limits are enforced.
        rate_limit_ret: their code.
        http_status: a refusal comes with status 200, or with a status of its kind.
        drop_after_s: every WebSocket connection ends so long after its start; 0 for never.
        outbox_bytes_max: unsent bytes after which a slow client is disconnected.
        witness_file: of drills; a venue without orders has nothing to testify.
    """

    host: str = "127.0.0.1"
    port: int = 0
    stock_ws_port: int = 0
    other_ws_port: int = 0
    stock_http_port: int = 0
    other_http_port: int = 0
    symbols: tuple[str, ...] = ()
    seed: int = 1
    replay: str = ""
    repeat: bool = False
    speed: float = attrs.field(default=1.0, validator=attrs.validators.gt(0))
    quotes_per_s: float = attrs.field(default=10.0, validator=attrs.validators.gt(0))
    hold_for: tuple[str, ...] = ()
    timestamps: Literal["now", "recorded"] = "now"
    token: str = DEFAULT_TOKEN
    plan: str = attrs.field(default="professional", validator=attrs.validators.in_(PLANS))
    accounts: tuple[Account, ...] = ()
    heartbeat_timeout_s: float = attrs.field(default=30.0, validator=attrs.validators.gt(0))
    heartbeat_required: bool = True
    strict_heartbeats: bool = False
    pacing: Literal["off", "reject", "reject_and_close"] = "off"
    pacing_scope: Literal["token", "family"] = "token"
    request_interval_s: float = 1.0
    cross_interval_s: float = 3.0
    reconnect_pacing: bool = False
    connection_limit: int = 0
    code_limit: int = 0
    over_code_limit: Literal["truncate", "refuse"] = "truncate"
    unknown_codes: Literal["refuse", "ignore"] = "refuse"
    excess_connection: Literal["refuse", "close"] = "refuse"
    close_style: Literal["frame", "drop"] = "frame"
    legacy_ret: bool = False
    unauthorized: tuple[str, ...] = ()
    absent_depth: Literal["one", "all"] = "one"
    snapshot: bool = True
    ack: Literal["first", "after_snapshot"] = "first"
    ws_numbers: Literal["integers", "strings"] = "integers"
    http_numbers: Literal["integers", "strings"] = "strings"
    tick_time: Literal["ms", "s"] = "ms"
    constant_direction: Literal[0, 1] = 1
    turnover: Literal["always", "exchanges_only"] = "always"
    without_volume: tuple[str, ...] = ("cfd_index",)
    absent_volume: Literal["zero", "empty", "omit"] = "zero"
    depth_interval_ms: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    rate_limits: bool = True
    rate_limit_ret: Literal[429, 605] = 605
    http_status: Literal["always_200", "by_kind"] = "always_200"
    drop_after_s: float = attrs.field(default=0.0, validator=attrs.validators.ge(0))
    outbox_bytes_max: int = 8 * 1024 * 1024
    witness_file: str = ""

    def ports(self) -> tuple[int, int, int, int]:
        """Ports in the order of the endpoints; 0 where the kernel is to choose one for all such."""
        named = (
            self.stock_ws_port,
            self.other_ws_port,
            self.stock_http_port,
            self.other_http_port,
        )
        stock_ws, other_ws, stock_http, other_http = (each or self.port for each in named)
        return stock_ws, other_ws, stock_http, other_http

    def known_accounts(self) -> tuple[Account, ...]:
        """The accounts; at least one."""
        return self.accounts or (Account(token=self.token, plan=self.plan),)
