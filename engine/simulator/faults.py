"""Misbehaviour on demand: a list of armed faults, asked at every place where a venue could err.

Two sorts. *Armed* faults wait for their occasion (a push, an answer, a request to a route, a new
connection, a login) and are used up by it, `count` times. *Immediate* faults act once on the open
connections they match; the server that owns the connections carries them out. Which kinds there are,
what their patterns are tested against and what their values mean is the venue's, an enumeration of
its own. Tests in the same process call the registry; others use `POST /simulator/faults`
(see `admin.py`).
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final, Generic, TypeVar

import attrs

ARMED_MAX: Final = 256
"""More armed faults than any scenario needs; a runaway script is told so."""

Kind = TypeVar("Kind", bound=StrEnum)


@attrs.define(kw_only=True)
class AnyFault(Generic[Kind]):
    """One fault of a venue's kinds.

    Attributes:
        number: to disarm it.
        match: shell pattern for its occasion.
        count: occasions left; -1 for no end.
        value: meaning depends on the kind.
        used: occasions so far.
    """

    number: int
    kind: Kind
    match: str = "*"
    count: int = 1
    value: float | str | None = None
    used: int = 0

    def number_value(self, default: float) -> float:
        """`value` as a number, or the default where none was given."""
        return float(self.value) if isinstance(self.value, int | float) else default

    def text_value(self, default: str) -> str:
        """`value` as text, or the default where none was given."""
        return self.value if isinstance(self.value, str) and self.value else default

    def as_json(self) -> dict[str, Any]:
        """One flat object."""
        return {**attrs.asdict(self), "kind": self.kind.value}


class FaultRegistry(Generic[Kind]):
    """The armed faults of one simulator.

    `immediate` is set by the owner of the connections; it carries an immediate fault out and
    returns the number of connections it hit.

    Args:
        kinds: all that can go wrong.
        at_once: those of them that are immediate.
    """

    def __init__(self, kinds: type[Kind], at_once: Collection[Kind]) -> None:
        self._kinds = kinds
        self._at_once = frozenset(at_once)
        self._armed: list[AnyFault[Kind]] = []
        self._numbers = 0
        self.immediate: Callable[[AnyFault[Kind]], int] = _nobody

    def arm(
        self,
        kind: Kind | str,
        *,
        match: str = "*",
        count: int = 1,
        value: float | str | None = None,
    ) -> AnyFault[Kind]:
        """Arm a fault, or carry an immediate one out now.

        Raises:
            ValueError: for an unknown kind, a count of 0, too many armed faults, or a value that
                the kind can make nothing of.
        """
        if not count or len(self._armed) >= ARMED_MAX:
            raise ValueError("count must not be 0" if not count else "too many armed faults")
        self._numbers += 1
        fault = AnyFault(
            number=self._numbers, kind=self._kinds(kind), match=match, count=count, value=value
        )
        self.check(fault)
        if fault.kind in self._at_once:
            fault.used = self.immediate(fault)
            fault.count = 0
        else:
            self._armed.append(fault)
        return fault

    def check(self, fault: AnyFault[Kind]) -> None:
        """Refuse a value now that would be an error at its occasion; for venues to say more.

        Raises:
            ValueError: the kind can make nothing of it.
        """

    def disarm(self, number: int) -> bool:
        """Remove one fault; False when it is not armed (any more)."""
        before = len(self._armed)
        self._armed = [fault for fault in self._armed if fault.number != number]
        return len(self._armed) < before

    def clear(self) -> None:
        """Behave again (connections that are stalled stay so until resumed)."""
        self._armed.clear()

    def armed(self) -> list[AnyFault[Kind]]:
        """What is armed now."""
        return list(self._armed)

    def __bool__(self) -> bool:
        """Whether anything is armed; the quick way past every question."""
        return bool(self._armed)

    def take(self, kinds: tuple[Kind, ...], subject: str) -> AnyFault[Kind] | None:
        """The first armed fault of these kinds whose pattern fits, with one occasion used up."""
        for fault in self._armed:
            if fault.kind in kinds and fnmatchcase(subject, fault.match):
                fault.used += 1
                if fault.count > 0:
                    fault.count -= 1
                    if not fault.count:
                        self._armed.remove(fault)
                return fault
        return None


def _nobody(_: object) -> int:
    return 0
