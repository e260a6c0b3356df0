"""What a user may set on the simulator: where it listens, what market it shows, which knobs it turns.

Every value has a default that works. The switches are the gateway's known defects and whatever the
fact sheet leaves open, so that a client can be tested against either possibility.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import attrs

from actors.venues.webctp.simulator.credentials import DEFAULT_CREDENTIALS, Credentials

_above_zero: Callable[[Any, Any, Any], None] = attrs.validators.gt(0)
_not_negative: Callable[[Any, Any, Any], None] = attrs.validators.ge(0)


@attrs.frozen(kw_only=True)
class Switches:
    """Which generation of the gateway, and which of its defects.

    Attributes:
        codes: numbers of the trade messages: as the `source` has them, or as the older `document`;
            the latter knows neither delete_order nor query_instrument.
        subscribe: `last` hands CTP the last name as often as there are names, `all` every name.
        frames: `mixed` sends the greeting and errors as BINARY and the rest as TEXT, `binary` all
            as BINARY.
        greeting: `ready` as now, `status` as the first generation had it, with errors as bare text.
        answer_first: an answer of CTP comes before the PERFORMED of its request.
        replay_stream: the day's orders and trades are told again after each trade login.
        float_noise: prices of market data carry the noise of binary fractions.
        fak_fill_after_cancel: at SHFE, INE and CFFEX the fill of a partly filled IOC order follows
            its cancellation.
        silent_connect: the front never answers, so CONNECTED never comes.
        crash_on_second_connect: a second `connect` on one socket ends the gateway.
        crash_on_delete_ref: a delete_ref outside of 0 to 49 ends the gateway.
        crash_on_cut_text: a memo or ref that is cut inside a character ends the gateway.
        restart_s: after a crash somebody starts the gateway again; until then nobody listens.
    """

    codes: Literal["source", "document"] = "source"
    subscribe: Literal["last", "all"] = "last"
    frames: Literal["mixed", "binary"] = "mixed"
    greeting: Literal["ready", "status"] = "ready"
    answer_first: bool = False
    replay_stream: bool = True
    float_noise: bool = False
    fak_fill_after_cancel: bool = True
    silent_connect: bool = False
    crash_on_second_connect: bool = True
    crash_on_delete_ref: bool = True
    crash_on_cut_text: bool = True
    restart_s: float = attrs.field(default=1.0, validator=_above_zero)


@attrs.frozen(kw_only=True)
class Limits(Switches):
    """What the gateway and CTP allow, and how long things take.

    Attributes:
        rate_limits: whether the rates below are enforced; 0 switches a single one off.
        queries_per_s: of one trade login; beyond it PERFORMED says -3, or ERROR 90.
        query_excess: which of the two.
        query_after_login_s: a query that comes sooner after the login is told ERROR 90.
        packets_per_s: of one session, of every kind; later ones wait for the next second.
        orders_per_s: the broker's own limit; beyond it error 116.
        connects_per_s: of one address; beyond it the front disconnects at once.
        md_logins_per_s: of one market data session.
        sessions_max: trade logins of one user; beyond it error 60.
        failed_logins_max: after so many the user is locked out (error 75).
        subscriptions_max: instruments of one session; beyond it error 6000.
        frame_bytes_max: a longer frame of a client cuts its connection.
        unsent_bytes_max: a client that does not read loses what would make it more.
        blocked_s: and that once its socket has taken nothing for so long.
        rows_per_s: at which long answers come, and the day's stream after a login.
        idle_ping_s: the server pings a client that was silent for so long.
        idle_close_s: and closes after so long.
        connect_ms: until a front answers.
        answer_ms: until an answer of CTP comes.
        exchange_ms: until an order or a cancellation is at its exchange.
        reconnect_s: between DISCONNECTED and the next CONNECTED.
        md_login_verify: a market data login needs a trade login of the same user on that day.
    """

    rate_limits: bool = True
    queries_per_s: int = attrs.field(default=1, validator=_not_negative)
    query_excess: Literal["performed", "error"] = "performed"
    query_after_login_s: float = attrs.field(default=1.0, validator=_not_negative)
    packets_per_s: int = attrs.field(default=6, validator=_not_negative)
    orders_per_s: int = attrs.field(default=0, validator=_not_negative)
    connects_per_s: int = attrs.field(default=0, validator=_not_negative)
    md_logins_per_s: int = attrs.field(default=1, validator=_not_negative)
    sessions_max: int = attrs.field(default=6, validator=_above_zero)
    failed_logins_max: int = attrs.field(default=10, validator=_above_zero)
    subscriptions_max: int = attrs.field(default=1_000, validator=_above_zero)
    frame_bytes_max: int = attrs.field(default=16_384, validator=_above_zero)
    unsent_bytes_max: int = attrs.field(default=65_536, validator=_above_zero)
    blocked_s: float = attrs.field(default=0.5, validator=_not_negative)
    rows_per_s: int = attrs.field(default=5_000, validator=_above_zero)
    idle_ping_s: float = attrs.field(default=102.0, validator=_above_zero)
    idle_close_s: float = attrs.field(default=118.0, validator=_above_zero)
    connect_ms: float = attrs.field(default=20.0, validator=_not_negative)
    answer_ms: float = attrs.field(default=2.0, validator=_not_negative)
    exchange_ms: float = attrs.field(default=3.0, validator=_not_negative)
    reconnect_s: float = attrs.field(default=1.0, validator=_not_negative)
    md_login_verify: bool = False


@attrs.frozen(kw_only=True)
class SimulatorSettings(Limits):
    """Settings of one simulated gateway; the rest is in `Switches` and `Limits`.

    Attributes:
        host: address to listen on; anything but loopback is the caller's own responsibility.
        port: of everything; 0 lets the kernel choose.
        symbols: contracts that are listed; all of the table when empty.
        options_listed: so many options are in the answer to query_instrument as well, because the real
            one has thousands of rows; they do not trade.
        seed: of the generated market; the same seed gives the same market.
        replay: folder of the recorded ticks of one contract; the other ones are generated.
        speed: how many times faster than recorded the market runs; a generated market has so many
            times more quotes.
        quotes_per_s: of each generated contract, on average.
        hold_for: contracts that must all have a subscriber before the market starts to move; when it
            is empty, a replay starts with the first subscription and a generated market at once.
        timestamps: `now` shifts the market to the wall clock, `recorded` shows its own times and
            stamps everything with them.
        trading_day: YYYYMMDD; empty derives it from the clock.
        trading_hours: `open` lets every contract trade all the time, `real` by its sessions.
        snapshot_ms: shortest time between two snapshots of a generated contract.
        credentials: users that may log in; each one has an account of its own.
        balance: of each account at the start of the day, CNY.
        positions: held overnight by each account, e.g. `rb2101 long 3`.
        ratio_margin_by: what today's lots are margined at, their `open` price or the `last` one.
        external_refs_from: first ref of orders that a fault places as from another terminal.
        witness_file: for drills, where to note each order that arrives and what becomes of it; empty
            for nowhere.
    """

    host: str = "127.0.0.1"
    port: int = 0
    symbols: tuple[str, ...] = ()
    options_listed: int = attrs.field(default=0, validator=_not_negative)
    seed: int = 1
    replay: str = ""
    speed: float = attrs.field(default=1.0, validator=_above_zero)
    quotes_per_s: float = attrs.field(default=10.0, validator=_above_zero)
    hold_for: tuple[str, ...] = ()
    timestamps: Literal["now", "recorded"] = "now"
    trading_day: str = attrs.field(default="", validator=attrs.validators.matches_re(r"(?:\d{8})?"))
    trading_hours: Literal["open", "real"] = "open"
    snapshot_ms: float = attrs.field(default=500.0, validator=_not_negative)
    credentials: tuple[Credentials, ...] = (DEFAULT_CREDENTIALS,)
    balance: Decimal = Decimal(20_000_000)
    positions: tuple[str, ...] = ()
    ratio_margin_by: Literal["open", "last"] = "open"
    external_refs_from: int = 1
    witness_file: str = ""
