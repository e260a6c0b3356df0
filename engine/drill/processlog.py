"""From the supervisor's log to who was started when, and because of whose end: what INV-15 judges.

The supervisor logs every change of every actor with its reason and boot. A process that was killed,
hung or failed by itself is the cause of its own next boot; one that was asked to start anew is not.
A process that gives up by itself (an exit code of its own) right after another one ended is taken to
have fallen with it, whatever it says.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from engine.drill.checkers import ProcessSample

EVENT: Final = "actor changed"
BEGIN: Final = "supervisor started"
OPERATOR: Final = "operator"
SUPERVISOR: Final = "supervisor"
OWN_FAULTS: Final = ("JournalError", "JournalFull", "JournalPoisoned", "journal")
"""Words of ends that a disk explains, not another actor."""

FALLS_WITHIN_NS: Final = 1_000_000_000
_RECYCLED = "restarted on request: "
_VALUES = " publishes other values now"


def process_samples(lines: Iterable[Mapping[str, Any]]) -> Iterator[ProcessSample]:
    """One sample for each boot of each actor, in the order of the log."""
    boots: dict[str, str] = {}
    causes: dict[str, str] = {}
    last_end = nobody = ("", -FALLS_WITHIN_NS)
    for line in lines:
        event = line.get("event")
        if event == BEGIN:  # a new supervisor: everything begins anew with it
            causes, last_end = dict.fromkeys(boots, SUPERVISOR), nobody
            continue
        if event != EVENT:
            continue
        actor, reason, at_ns = line["about"], line["reason"], int(line["mono_ns"])
        boot = line.get("boot")
        if boot and boots.get(actor) != boot:
            boots[actor] = boot
            yield ProcessSample(
                mono_ns=at_ns,
                actor=actor,
                pid=line["pid"],
                boot=int(boot, 16),
                cause=causes.pop(actor, ""),
            )
        elif not boot and reason and actor in boots and actor not in causes:
            cause = _cause(actor, reason, at_ns, last_end)
            if cause:
                causes[actor] = cause
                last_end = (actor, at_ns)


def _cause(actor: str, reason: str, at_ns: int, last_end: tuple[str, int]) -> str:
    """Whose end or wish ended this process; empty when the line does not tell of an end."""
    ended = reason.removeprefix("after: ")
    if ended.startswith(_RECYCLED):
        asked = ended.removeprefix(_RECYCLED)
        return asked.removesuffix(_VALUES) if asked.endswith(_VALUES) else OPERATOR
    if ended.startswith("waits for "):
        return ""
    other, other_ns = last_end
    by_itself = ended.startswith(("exit ", "returned"))
    if by_itself and other not in ("", actor) and at_ns - other_ns < FALLS_WITHIN_NS:
        explained = any(word in ended for word in OWN_FAULTS)
        return actor if explained else other
    return actor
