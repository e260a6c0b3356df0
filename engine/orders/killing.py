"""Moving the kill switch: recorded, told, and at `killed` carried out at once.

What makes a scope stricter is carried out even when the journal cannot take it: it is in force at once
(`Kernel.switch`) and written as soon as it can be. What lets more through is written or not done.

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
from engine.risk.killswitch import ENGINE_SCOPE, account_scope, is_stricter
from engine.risk.rates import NS


class Killing:
    """The kill switch's hand."""

    __slots__ = ("_alive_mono_ns", "_commands", "_k")

    def __init__(self, kernel: Kernel, commands: Commands) -> None:
        self._k = kernel
        self._commands = commands
        self._alive_mono_ns = 0

    def trip(self, scope: str, level: TradingStateWord, *, by: str, reason: str) -> bool:
        """Raise a scope's level; whether it changed. Whoever asks, nothing is ever lowered.

        At `killed` everything open in the scope is cancelled, also when it was killed before. Never
        raises: a level that cannot be journaled now is in force all the same (see the module).
        """
        k = self._k
        changed = is_stricter(level, k.switch.level_of(scope))
        if changed:
            move = self._moved(scope, level, by, reason)
            try:
                k.record(move)
            except JournalError:
                k.owed[scope] = move
        if level is TradingStateWord.KILLED:
            self._commands.cancel_scope(scope, by=by, reason=reason)
        if changed:
            k.broadcast_trading_state()
        return changed

    def lower(self, scope: str, level: TradingStateWord, *, by: str, reason: str) -> bool:
        """Lower a scope's level, which only a person may; whether it changed.

        Raises:
            JournalError: it could not be written, and the level stands as it was.
        """
        k = self._k
        if level is k.switch.level_of(scope):
            return False
        k.record(self._moved(scope, level, by, reason))
        k.broadcast_trading_state()
        return True

    def _moved(
        self, scope: str, level: TradingStateWord, by: str, reason: str
    ) -> TradingStateChanged:
        return TradingStateChanged(
            level=level,
            scope=scope,
            by=by,
            reason=reason[:TEXT_CHARS_MAX],
            ts_ns=self._k.now.wall_ns,
        )

    # --- triggers of our own -------------------------------------------------------------------

    def unexplained(self, link: Link, reason: str) -> None:
        """The venue's word differs from ours without an explanation: as strict as configured."""
        self.trip(
            account_scope(link.account),
            link.settings.unexplained,
            by="reconciliation",
            reason=reason,
        )

    def unproven(self, link: Link, reason: str) -> None:
        """Nobody vouches for the positions: only what reduces them, until somebody arms the account."""
        self.trip(
            account_scope(link.account),
            TradingStateWord.REDUCING,
            by="reconciliation",
            reason=f"positions are not confirmed: {reason}",
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

    def settle(self) -> None:
        """Write the owed moves; JournalError leaves the rest owed."""
        owed = self._k.owed
        for scope in list(owed):
            self._k.record(owed[scope])
            del owed[scope]
