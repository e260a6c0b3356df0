"""INV-13, INV-14, INV-15: nothing is left behind, nothing grows without end, nobody falls with others."""

from collections import defaultdict

from engine.drill.checkers.history import History, ProcessSample
from engine.drill.checkers.verdict import Checker, Evidence, Findings


def _nothing_left(history: History, findings: Findings) -> None:
    left = history.leftovers
    if left is not None:
        findings.expect(not left.processes, f"still running: {', '.join(left.processes)}")
        findings.expect(not left.sockets, f"sockets without owner: {', '.join(left.sockets)}")
        findings.expect(not left.locks, f"locks still held: {', '.join(left.locks)}")
    lives: dict[tuple[str, int], list[ProcessSample]] = defaultdict(list)
    for sample in history.processes or ():
        lives[sample.actor, sample.boot].append(sample)
    for (actor, _), samples in lives.items():
        _growth(history, actor, samples, findings)


def _growth(history: History, actor: str, samples: list[ProcessSample], findings: Findings) -> None:
    bounds = history.bounds
    descriptors = [s.descriptors for s in samples if s.descriptors is not None]
    memory = [s.memory_bytes for s in samples if s.memory_bytes is not None]
    if len(descriptors) > 1:
        grown = descriptors[-1] - descriptors[0]
        within = grown <= bounds.descriptors_growth_max
        findings.expect(within, f"{actor} has {grown} descriptors more than at first")
    if len(memory) > 1:
        ratio = memory[-1] / memory[0]
        within = ratio <= bounds.memory_growth_ratio_max
        findings.expect(within, f"{actor} uses {ratio:.2f} times its first memory")


def _below_bounds(history: History, findings: Findings) -> None:
    for figure in history.figures or ():
        findings.expect(
            figure.high_water <= figure.maximum,
            f"{figure.actor}: {figure.name} reached {figure.high_water} of {figure.maximum}",
        )


def _own_ends_only(history: History, findings: Findings) -> None:
    boots: dict[str, int] = {}
    for sample in history.processes or ():
        before = boots.get(sample.actor)
        boots[sample.actor] = sample.boot
        if before is None:
            continue
        expected = (
            sample.boot == before
            or sample.cause == sample.actor
            or (sample.cause, sample.actor) in history.bounds.groups
        )
        because = f"because of {sample.cause}" if sample.cause else "for no reason"
        findings.expect(expected, f"{sample.actor} got another boot {because}")


INV_13 = Checker(
    "INV-13",
    "after the end no process, socket or lock is left; descriptors and memory do not grow",
    needs=frozenset({Evidence.LEFTOVERS}),
    uses=frozenset({Evidence.PROCESSES}),
    run=_nothing_left,
)
INV_14 = Checker(
    "INV-14",
    "every queue and buffer stayed within its declared bound",
    needs=frozenset({Evidence.FIGURES}),
    run=_below_bounds,
)
INV_15 = Checker(
    "INV-15",
    "an actor's end restarts no other actor, except by declared group",
    needs=frozenset({Evidence.PROCESSES}),
    run=_own_ends_only,
)
