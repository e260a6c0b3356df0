"""The order state table as documentation, made from the table itself (`docs/orders.md`)."""

from engine.model.enums import TERMINAL, Lifecycle
from engine.orders.state import (
    EVENT_MEANING,
    TRANSITIONS,
    Event,
    Transition,
    Verdict,
)

BEGIN, END = "<!-- generated: state table -->", "<!-- end -->"

_MARKS = {Verdict.LATE: "late: ", Verdict.ZOMBIE: "zombie: ", Verdict.OVERFILL: "overfill: "}
_WORDS = {Verdict.IGNORE: "-", Verdict.CONTRADICTION: "?", Verdict.VIOLATION: "bug"}


def state_table() -> str:
    """A Markdown table: events down, lifecycles across."""
    lifecycles = [each for each in Lifecycle if each is not Lifecycle.DENIED]
    head = ["event", *(each.value for each in lifecycles), "meaning"]
    lines = [_row(head), _row(["---"] * len(head))]
    for event in Event:
        cells = [_cell(TRANSITIONS[each, event], each) for each in lifecycles]
        lines.append(_row([f"`{event.value}`", *cells, EVENT_MEANING[event]]))
    return "\n".join(lines)


def state_diagram() -> str:
    """A Mermaid diagram of the ordinary moves: no requests, no doubts, nothing alarmed."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> planned"]
    for lifecycle, targets in _moves().items():
        for target, events in targets.items():
            lines.append(f"    {lifecycle} --> {target}: {', '.join(events)}")
    lines += [f"    {each} --> [*]" for each in Lifecycle if each in TERMINAL]
    return "\n".join([*lines, "```"])


def _moves() -> dict[str, dict[str, list[str]]]:
    moves: dict[str, dict[str, list[str]]] = {}
    for (lifecycle, event), transition in TRANSITIONS.items():
        if transition.verdict is Verdict.MOVE and transition.lifecycle is not lifecycle:
            targets = moves.setdefault(lifecycle.value, {})
            targets.setdefault(transition.lifecycle.value, []).append(event.value)
    return {name: moves[name] for name in (each.value for each in Lifecycle) if name in moves}


def _cell(transition: Transition, current: Lifecycle) -> str:
    word = _WORDS.get(transition.verdict)
    if word is not None:
        return word
    mark = _MARKS.get(transition.verdict, "")
    same = transition.lifecycle is current
    return mark + ("same" if same else transition.lifecycle.value)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
