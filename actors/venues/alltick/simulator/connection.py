"""One WebSocket connection as the venue sees it: frames in, actions out, no I/O and no clock.

The owner (`peer.py`, or a test) hands in every frame with the time, carries out the returned actions
in order, and ends the connection when `next_deadline_ns` has passed and `expired` names a reason.
Envelope, commands, sets and the venue's timing rules live here; what a set delivers does not.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final, Literal, TypeAlias

import attrs

from actors.venues.alltick.simulator import errors, jsontext, requests
from actors.venues.alltick.simulator.errors import Refusal
from actors.venues.alltick.simulator.requests import Cancel, Command, Envelope, HeaderInvalid
from engine.simulator.moment import NS, Moment

ALL_LEVELS: Final = 1 << 31
"""More than any instrument has."""

Kind: TypeAlias = Literal["depth", "trade"]


@attrs.frozen
class Send:
    """Send this text frame: the answer to `command`, 0 where that is not known."""

    text: str
    command: int = 0


@attrs.frozen
class Watch:
    """From here on exactly these codes are delivered, to these depths; `ack` confirms it."""

    kind: Kind
    levels: Mapping[str, int]
    ack: Send | None = None


@attrs.frozen
class End:
    """The venue ends the connection."""

    why: str


_CANCELLED: Final[dict[Cancel, tuple[Kind, ...]]] = {
    Cancel.ALL: ("depth", "trade"),
    Cancel.DEPTH: ("depth",),
    Cancel.TRADE: ("trade",),
    Cancel.EXCHANGE_RATE: (),
}

Action: TypeAlias = Send | Watch | End


@attrs.frozen(kw_only=True)
class Rules:
    """What a connection must know of the venue and of its token's plan.

    Attributes:
        codes: that exist on this path.
        unauthorized: codes among them that the plan does not include.
        admit: asked with a request's time whether the pacing lets it pass.
    """

    codes: Collection[str]
    unauthorized: Collection[str] = frozenset()
    code_limit: int = 3_000
    over_code_limit: Literal["truncate", "refuse"] = "truncate"
    unknown_codes: Literal["refuse", "ignore"] = "refuse"
    heartbeat_timeout_ns: int = 30 * NS
    heartbeat_required: bool = True
    strict_heartbeats: bool = False
    drop_after_ns: int = 0
    pacing: Literal["off", "reject", "reject_and_close"] = "off"
    admit: Callable[[int], bool] = lambda _: True
    legacy_ret: bool = False
    absent_level: int = 1


class Connection:
    """Protocol state of one connection.

    Args:
        rules: of the venue.
        opened_ns: monotonic time at which the handshake was done.
    """

    def __init__(self, rules: Rules, opened_ns: int) -> None:
        self._rules = rules
        self._opened_ns = opened_ns
        self._heartbeat_ns = opened_ns
        self.heartbeats = 0

    # --- time -----------------------------------------------------------------------------

    def next_deadline_ns(self) -> int | None:
        """Monotonic time at which `expired` has to be asked again; None for never."""
        dues = []
        if self._rules.heartbeat_required:
            dues.append(self._heartbeat_ns + self._rules.heartbeat_timeout_ns)
        if self._rules.drop_after_ns:
            dues.append(self._opened_ns + self._rules.drop_after_ns)
        return min(dues, default=None)

    def expired(self, now_ns: int) -> str:
        """Why the venue ends this connection now, "" when it does not."""
        rules = self._rules
        if rules.drop_after_ns and now_ns >= self._opened_ns + rules.drop_after_ns:
            return "drop_after_s"
        if rules.heartbeat_required and now_ns >= self._heartbeat_ns + rules.heartbeat_timeout_ns:
            return "no heartbeat"
        return ""

    def excuse(self, now_ns: int) -> None:
        """Count as if a heartbeat had come; for connections that are silent on purpose."""
        self._heartbeat_ns = now_ns

    # --- frames ---------------------------------------------------------------------------

    def receive(self, message: str | bytes, now: Moment) -> list[Action]:
        """What one frame of the client, text or binary, makes the venue do, in order."""
        try:
            request = requests.envelope(message, strict_heartbeats=self._rules.strict_heartbeats)
        except HeaderInvalid as refusal:
            return [self._answer(None, refusal.code)]
        if request.command is Command.HEARTBEAT:
            self._heartbeat_ns = now.mono_ns
            self.heartbeats += 1
            return [self._answer(request)]
        rules = self._rules
        if rules.pacing != "off" and not rules.admit(now.mono_ns):
            if rules.pacing == "reject":
                return [self._answer(request, errors.TOO_MANY_REQUESTS)]
            return [self._answer(request, errors.CLOSING), End("too many requests")]
        try:
            return self._carry_out(request)
        except Refusal as refusal:
            return [self._answer(request, refusal.code)]

    def _carry_out(self, request: Envelope) -> list[Action]:
        if request.command is Command.CANCEL:
            return self._cancel(request)
        kind: Kind = "depth" if request.command is Command.DEPTH else "trade"
        return [Watch(kind, self._levels(request, kind), self._answer(request))]

    def _levels(self, request: Envelope, kind: Kind) -> dict[str, int]:
        """The new set; what is beyond the plan's number of codes is not even looked at."""
        rules = self._rules
        wanted = requests.wanted(request.data, with_depth=kind == "depth")
        if len(wanted) > rules.code_limit and rules.over_code_limit == "refuse":
            raise Refusal(errors.LEVEL_NOT_ENOUGH)
        wanted = wanted[: rules.code_limit]
        known = [each for each in wanted if each.code in rules.codes]
        if len(known) < len(wanted) and rules.unknown_codes == "refuse":
            raise Refusal(errors.CODE_INVALID)
        if any(each.code in rules.unauthorized for each in known):
            raise Refusal(errors.CODE_UNAUTHORIZED)
        return {each.code: each.depth_level or rules.absent_level for each in known}

    def _cancel(self, request: Envelope) -> list[Action]:
        named = requests.cancel(request.data)
        return [*(Watch(kind, {}) for kind in _CANCELLED[named]), self._answer(request)]

    # --- answers --------------------------------------------------------------------------

    def _answer(self, request: Envelope | None, code: int = errors.OK) -> Send:
        """The answer to a request; zeros when it could not be read."""
        return answer(request, code, legacy=self._rules.legacy_ret)


def answer(request: Envelope | None, code: int, *, legacy: bool = False) -> Send:
    """The answer that the venue gives with a code of its table."""
    command = request.command + 1 if request is not None else 0
    text = jsontext.dumps(
        {
            "ret": errors.ret_of(code, legacy=legacy),
            "msg": errors.TEXTS[code],
            "cmd_id": command,
            "seq_id": request.seq_id if request is not None else 0,
            "trace": request.trace if request is not None else "",
            "data": {},
        }
    )
    return Send(text, request.command if request is not None else 0)
