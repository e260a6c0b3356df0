"""Moving the kill switch: recorded, told, and at `killed` carried out at once.

A move is carried out even when the journal cannot take it; it is written as soon as it can be. The
router lets nothing new through meanwhile anyway.

Triggers that are no person's (limits, an account that nobody can explain, a console that fell silent)
call `trip`, which can only raise a level.
"""

from engine.errors import JournalError
from engine.model.enums import TradingStateWord
from engine.orders.commands import Commands
from engine.orders.kernel import Kernel
from engine.orders.link import Link
from engine.orders.plausible import TEXT_CHARS_MAX
from engine.orders.records import TradingStateChanged
from engine.risk.killswitch import ENGINE_SCOPE, account_scope, may_move
from engine.risk.rates import NS

OWED_MOVES_MAX = 32
"""Moves that wait for the journal; one for each scope there is, and some."""


class Killing:
    """The kill switch's hand."""

    __slots__ = ("_alive_mono_ns", "_commands", "_k", "_owed")

    def __init__(self, kernel: Kernel, commands: Commands) -> None:
        self._k = kernel
        self._commands = commands
        self._owed: list[TradingStateChanged] = []
        self._alive_mono_ns = 0

    def trip(self, scope: str, level: TradingStateWord, *, by: str, reason: str) -> bool:
        """Raise a scope's level on behalf of a control or watcher; whether it changed.

        Never raises: a level that cannot be journaled now is in force all the same (see the module).
        """
        return self.move(scope, level, by=by, reason=reason, by_person=False)

    def move(
        self, scope: str, level: TradingStateWord, *, by: str, reason: str, by_person: bool
    ) -> bool:
        """Set a scope's level if that is allowed; whether it changed.

        At `killed` everything open in the scope is cancelled, also when it was killed before.
        """
        k = self._k
        current = k.book.switch.level_of(scope)
        changed = may_move(current, level, by_person=by_person) and level is not current
        if changed:
            move = TradingStateChanged(
                level=level,
                scope=scope,
                by=by,
                reason=reason[:TEXT_CHARS_MAX],
                ts_ns=k.now.wall_ns,
            )
            self._record(move)
        if level is TradingStateWord.KILLED:
            self._commands.cancel_scope(scope, by=by, reason=reason)
        if changed:
            k.broadcast_trading_state()
        if by_person:
            self._alive_mono_ns = k.now.mono_ns  # a person is there: the console has time again
        return changed

    # --- triggers of our own -------------------------------------------------------------------

    def unexplained(self, link: Link, reason: str) -> None:
        """The venue's word differs from ours without an explanation: as strict as configured."""
        self.trip(
            account_scope(link.account),
            link.settings.unexplained,
            by="reconciliation",
            reason=reason,
        )

    def alive(self) -> dict[str, object]:
        """The operator's console lives; the answer says how long that holds."""
        self._alive_mono_ns = self._k.now.mono_ns
        return {"silence_s_max": self._k.settings.console_silence_s_max}

    def due(self) -> None:
        """Kill everything when the console has been silent for too long, where that is configured."""
        k, silence_s_max = self._k, self._k.settings.console_silence_s_max
        self._alive_mono_ns = self._alive_mono_ns or k.now.mono_ns
        if not silence_s_max or k.now.mono_ns - self._alive_mono_ns <= silence_s_max * NS:
            return
        self._alive_mono_ns = k.now.mono_ns
        reason = f"the operator's console has been silent for {silence_s_max:g} s"
        self.trip(ENGINE_SCOPE, TradingStateWord.KILLED, by="console", reason=reason)

    # --- the journal ---------------------------------------------------------------------------

    def _record(self, move: TradingStateChanged) -> None:
        try:
            self._k.record(move)
        except JournalError:
            self._owed = [*self._owed, move][-OWED_MOVES_MAX:]

    @property
    def owed(self) -> tuple[TradingStateChanged, ...]:
        """Moves carried out that are not in the journal yet."""
        return tuple(self._owed)

    def settle(self) -> None:
        """Write the owed moves; JournalError leaves the rest owed."""
        while self._owed:
            self._k.record(self._owed[0])
            self._owed.pop(0)
