"""Moving the kill switch: recorded, told, and at `killed` carried out at once.

A move is carried out even when the journal cannot take it; it is written as soon as it can be. The
router lets nothing new through meanwhile anyway.
"""

from engine.errors import JournalError
from engine.model.enums import TradingStateWord
from engine.orders.commands import Commands
from engine.orders.kernel import Kernel
from engine.orders.records import TradingStateChanged
from engine.risk.killswitch import may_move

OWED_MOVES_MAX = 32
"""Moves that wait for the journal; one for each scope there is, and some."""


class Killing:
    """The kill switch's hand."""

    __slots__ = ("_commands", "_k", "_owed")

    def __init__(self, kernel: Kernel, commands: Commands) -> None:
        self._k = kernel
        self._commands = commands
        self._owed: list[TradingStateChanged] = []

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
                level=level, scope=scope, by=by, reason=reason, ts_ns=k.now.wall_ns
            )
            self._record(move)
        if level is TradingStateWord.KILLED:
            self._commands.cancel_scope(scope, by=by, reason=reason)
        if changed:
            k.broadcast_trading_state()
        return changed

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
