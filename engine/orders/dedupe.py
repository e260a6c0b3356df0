"""Intents by name: a repeated intent gets the same answer and leads to nothing new.

A strategy names each intent with its boot and a counter and repeats it until it is answered. The
newest boot that said hello is served; older ones are fenced for good. Answers are kept for the
newest `INTENTS_MAX` intents of a boot; what is older was answered long ago and is not answered again.
"""

from collections import OrderedDict, deque
from enum import StrEnum
from typing import NamedTuple

import attrs

INTENTS_MAX = 10_000
"""Answers kept per strategy; ten seconds of the busiest strategy, when repeats come within one."""

FENCED_BOOTS_MAX = 64
"""Dead boots remembered per strategy: a hello of one of them is a straggler, not a newcomer."""


class Standing(StrEnum):
    """What an intent is to us."""

    NEW = "new"
    KNOWN = "known"
    FORGOTTEN = "forgotten"
    """Older than anything still remembered: answered before, not answered again."""
    FENCED = "fenced"
    """Of a boot that is not in service."""


class Answer(NamedTuple):
    """What an intent was answered: `client_order_id` (empty for cancels), or report `denial` (0: none)."""

    client_order_id: str = ""
    denial: int = 0


@attrs.define(eq=False)
class _Boot:
    boot: int
    answers: OrderedDict[int, Answer] = attrs.field(factory=OrderedDict)
    forgotten_through: int = 0
    fenced: deque[int] = attrs.field(factory=lambda: deque(maxlen=FENCED_BOOTS_MAX))


class Intents:
    """The answered intents of all strategies."""

    __slots__ = ("_boots", "_intents_max")

    def __init__(self, intents_max: int = INTENTS_MAX) -> None:
        self._boots: dict[str, _Boot] = {}
        self._intents_max = intents_max

    def boot_of(self, strategy: str) -> int | None:
        """The boot in service, None before the first hello."""
        current = self._boots.get(strategy)
        return None if current is None else current.boot

    def is_fenced(self, strategy: str, boot: int) -> bool:
        """Whether this boot was replaced by another one."""
        current = self._boots.get(strategy)
        return current is not None and boot in current.fenced

    def serve(self, strategy: str, boot: int) -> None:
        """Take a boot into service and fence the one before; its answers are forgotten."""
        current = self._boots.get(strategy)
        if current is None:
            self._boots[strategy] = _Boot(boot)
        elif current.boot != boot:
            current.fenced.append(current.boot)
            self._boots[strategy] = _Boot(boot, fenced=current.fenced)

    def standing(self, strategy: str, boot: int, counter: int) -> Standing:
        """What the intent is to us."""
        current = self._boots.get(strategy)
        if current is None or current.boot != boot:
            return Standing.FENCED
        if counter in current.answers:
            return Standing.KNOWN
        return Standing.FORGOTTEN if counter <= current.forgotten_through else Standing.NEW

    def answer(self, strategy: str, counter: int) -> Answer | None:
        """The answer to an intent of the boot in service, None when there is none."""
        current = self._boots.get(strategy)
        return None if current is None else current.answers.get(counter)

    def add(self, strategy: str, boot: int, counter: int, answer: Answer) -> None:
        """Remember the answer; ignored for a boot not in service."""
        current = self._boots.get(strategy)
        if current is None or current.boot != boot:
            return
        current.answers[counter] = answer
        if len(current.answers) > self._intents_max:
            oldest, _ = current.answers.popitem(last=False)
            current.forgotten_through = max(current.forgotten_through, oldest)

    def figures(self) -> dict[str, object]:
        """Everything remembered, in plain values."""
        return {
            strategy: {
                "boot": current.boot,
                "fenced": list(current.fenced),
                "forgotten_through": current.forgotten_through,
                "answers": {
                    counter: [answer.client_order_id, answer.denial]
                    for counter, answer in current.answers.items()
                },
            }
            for strategy, current in self._boots.items()
        }
