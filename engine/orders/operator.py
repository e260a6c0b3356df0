"""The operator's desk: questions anybody with a key may ask, commands only the operator may give.

Answers are JSON texts. Each concept has a desk of its own in `operating`; what moves the kill switch
is here. A command that lowers the kill switch needs a reason; every command that changes something is
in the journal with who and why.
"""

import json
from collections.abc import Callable

from engine.errors import JournalError, LimitExceeded, LocalProtocolError
from engine.messages.operator import (
    ROLE_OPERATOR,
    OperatorReply,
    OperatorRequest,
    refusal,
    replies,
)
from engine.model.enums import TradingStateWord
from engine.orders.commands import Commands
from engine.orders.flattening import Flattener
from engine.orders.insisting import Insisting
from engine.orders.kernel import Kernel
from engine.orders.killing import Killing
from engine.orders.operating import notes
from engine.orders.operating.acting import Acting
from engine.orders.operating.agreement import AgreementDesk
from engine.orders.operating.arguments import Arguments, Refused, parsed, scope_of
from engine.orders.operating.cancelling import CancelDesk
from engine.orders.operating.claims import ClaimDesk
from engine.orders.operating.corrections import CorrectionDesk
from engine.orders.operating.flatten import FlattenDesk
from engine.orders.operating.limits import LimitsDesk
from engine.orders.operating.ordering import OrderingDesk
from engine.orders.operating.questions import Questions
from engine.orders.placer import Placer
from engine.orders.plausible import TEXT_CHARS_MAX
from engine.orders.reconciling import Reconciler
from engine.risk.killswitch import is_stricter

Verb = Callable[[Arguments, str], object]


class OperatorDesk:
    """Serves operators and viewers."""

    def __init__(
        self,
        kernel: Kernel,
        commands: Commands,
        killing: Killing,
        reconciler: Reconciler,
        *,
        placer: Placer,
        flattener: Flattener,
        insisting: Insisting,
    ) -> None:
        self._k = kernel
        self._commands = commands
        self._killing = killing
        agreement, limits = AgreementDesk(kernel, reconciler), LimitsDesk(kernel)
        flatten = FlattenDesk(kernel, flattener)
        self._questions = {
            **Questions(kernel).table(),
            **agreement.questions(),
            **limits.questions(),
            **flatten.questions(),
        }
        self._verbs: dict[str, Verb] = {
            "kill": self._kill,
            "arm": self._arm,
            "alive": lambda _, __: killing.alive(),
        }
        planners = {
            **CancelDesk(kernel, commands, insisting).verbs(),
            **agreement.verbs(),
            **CorrectionDesk(kernel).verbs(),
            **ClaimDesk(kernel).verbs(),
            **limits.verbs(),
            **OrderingDesk(kernel, placer).verbs(),
            **flatten.verbs(),
            **notes.verbs(),
        }
        self._acting = Acting(kernel, planners)

    def request(self, message: OperatorRequest, role: str) -> list[OperatorReply]:
        """Answer one request, with as many parts as it takes; never raises for what it says."""
        self._k.counters["operator_request"] += 1
        try:
            answer = self._answer(message, role)
        except Refused as refused:
            return [refusal(message.request_id, str(refused)[:TEXT_CHARS_MAX])]
        except (LocalProtocolError, LimitExceeded) as error:
            return [refusal(message.request_id, f"this cannot be recorded: {error}")]
        except JournalError as error:
            return [refusal(message.request_id, f"the journal cannot be written: {error}")]
        return list(replies(message.request_id, json.dumps(answer)))

    def _answer(self, message: OperatorRequest, role: str) -> object:
        arguments = parsed(message.arguments)
        question = self._questions.get(message.verb)
        if question is not None:
            return question(arguments)
        verb = self._verbs.get(message.verb)
        if verb is None and message.verb not in self._acting.verbs:
            known = ", ".join([*self._questions, *self._verbs, *self._acting.verbs])
            raise Refused(f"the router does not know {message.verb!r}; it knows {known}")
        if role != ROLE_OPERATOR:
            raise Refused(f"{message.verb} needs the operator's key; this one may only read")
        if verb is None:
            return self._acting.answer(message, arguments, role)
        return verb(arguments, message.reason[:TEXT_CHARS_MAX])

    # --- commands ------------------------------------------------------------------------------

    def _kill(self, arguments: Arguments, reason: str) -> object:
        """Only ever stricter, so that a kill needs no thought about what stands already."""
        scope = scope_of(self._k, arguments)
        level = _level(arguments.get("level", TradingStateWord.KILLED.value))
        if level is TradingStateWord.ACTIVE:
            raise Refused("kill sets reducing, halted or killed; arm makes active again")
        current = self._k.switch.level_of(scope)
        if is_stricter(current, level):
            raise Refused(
                f"{scope} stands at {current}, and kill only makes it stricter; "
                f"`arm --level {level}` lowers it, with a reason"
            )
        reason = reason or "by hand"
        return self._move(
            scope, lambda: self._killing.trip(scope, level, by=ROLE_OPERATOR, reason=reason)
        )

    def _arm(self, arguments: Arguments, reason: str) -> object:
        if not reason.strip():
            raise Refused("say why it is safe to trade again (--reason)")
        if self._k.owed:
            owed = ", ".join(f"{scope} {move.level}" for scope, move in self._k.owed.items())
            raise Refused(
                f"the journal has not taken yet what stops trading ({owed}): make it writable again "
                f"first, then arm ({self._k.journal_failure})"
            )
        scope = scope_of(self._k, arguments)
        level = _level(arguments.get("level", TradingStateWord.ACTIVE.value))
        current = self._k.switch.level_of(scope)
        if level is TradingStateWord.KILLED or is_stricter(level, current):
            raise Refused(
                f"{scope} stands at {current}, and arm only lowers that; "
                f"`kill --level {level}` makes it stricter"
            )
        return self._move(
            scope, lambda: self._killing.lower(scope, level, by=ROLE_OPERATOR, reason=reason)
        )

    def _move(self, scope: str, move: Callable[[], bool]) -> object:
        open_before = len(list(self._commands.open_in(scope)))
        changed = move()
        self._killing.alive()  # a person is there: the console has time again
        return {
            "scope": scope,
            "level": self._k.switch.level_of(scope).value,
            "changed": changed,
            "journaled": scope not in self._k.owed,
            "open_orders": open_before,
        }


def _level(word: object) -> TradingStateWord:
    try:
        return TradingStateWord(str(word))
    except ValueError:
        words = ", ".join(level.value for level in TradingStateWord)
        raise Refused(f"level must be one of {words}") from None
