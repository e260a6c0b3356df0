"""What a checker is and what it answers: the agreement between drills and the invariants they end with.

A checker never guesses. It answers `held=None` when the evidence it needs was not given, and names
in `missing` what was not looked at when it could check a part only. Whatever may or may not have
happened (an intent never answered, a command on a line that was cut) is taken as possible, in both
directions.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

import attrs

from engine.drill.checkers.history import History

DETAILS_MAX = 5
"""Violations that a verdict spells out; the rest is counted."""


class Evidence(StrEnum):
    """Parts of a history, by the attribute that holds them."""

    RECORDS = "records"
    JOURNAL_BYTES = "journal_bytes"
    JOURNAL_FILE = "journal_file"
    SYNC_POINTS = "sync_points"
    VENUE = "venue"
    STRATEGIES = "strategies"
    MARKET = "market"
    FIGURES = "figures"
    PROCESSES = "processes"
    LEFTOVERS = "leftovers"
    LOG_LINES = "log_lines"
    TEXTS = "texts"
    CANARIES = "canaries"
    REACHABLE = "reachable"
    SETTLED = "settled"


@attrs.frozen
class Verdict:
    """What became of one invariant.

    Attributes:
        invariant: `INV-1` …
        held: None when it could not be checked; then `detail` says why.
        detail: what was found, for a person.
        checked: how many things were looked at; 0 with `held=True` says that there was nothing.
        missing: evidence that would have shown more; empty when the invariant was checked whole.
    """

    invariant: str
    held: bool | None
    detail: str
    checked: int
    missing: tuple[str, ...] = ()


@attrs.define
class Findings:
    """What a check collects: how much it looked at, and what was wrong."""

    checked: int = 0
    violations: list[str] = attrs.field(factory=list)

    def expect(self, condition: object, violation: str | Callable[[], str]) -> None:
        """Count one look; note the violation unless the condition holds.

        Where one looks very often, the text is a function: it is only written when it is needed.
        """
        self.checked += 1
        if not condition:
            self.violations.append(violation if isinstance(violation, str) else violation())

    def violated(self, violation: str) -> None:
        """Count one look at something that should not be there."""
        self.checked += 1
        self.violations.append(violation)


Check = Callable[[History, Findings], None]


@attrs.frozen
class Checker:
    """One invariant as an object.

    Attributes:
        id: `INV-1` …
        title: the invariant in one line.
        needs: without any of these nothing can be said.
        uses: looked at when given; what is absent is named in the verdict.
        run: the check itself; called only with all of `needs` there.
    """

    id: str
    title: str
    needs: frozenset[Evidence]
    run: Check
    uses: frozenset[Evidence] = frozenset()

    def check(self, history: History) -> Verdict:
        """The verdict on a history; what is not given makes it None or partial, never true."""
        absent = _absent(history, self.needs)
        if absent:
            detail = f"not checked: no {', '.join(absent)}"
            return Verdict(self.id, held=None, detail=detail, checked=0, missing=absent)
        findings = Findings()
        self.run(history, findings)
        missing = _absent(history, self.uses)
        if findings.violations:
            return Verdict(
                self.id,
                held=False,
                detail=_told(findings.violations),
                checked=findings.checked,
                missing=missing,
            )
        detail = f"held, {findings.checked} checked"
        if missing:
            detail += f"; not looked at: {', '.join(missing)}"
        return Verdict(self.id, held=True, detail=detail, checked=findings.checked, missing=missing)


def _absent(history: History, wanted: Iterable[Evidence]) -> tuple[str, ...]:
    values = ((each.value, getattr(history, each.value)) for each in wanted)
    return tuple(sorted(name for name, value in values if value is None or value is False))


def _told(violations: list[str]) -> str:
    more = len(violations) - DETAILS_MAX
    tail = [f"and {more} more"] if more > 0 else []
    return "; ".join([*violations[:DETAILS_MAX], *tail])
