"""INV-15's evidence: whose end led to which boot, from the supervisor's log."""

from typing import Any

import pytest

from engine.drill.checkers import CHECKERS, Bounds, History, judge
from engine.drill.processlog import OPERATOR, SUPERVISOR, process_samples

INV_15 = next(checker for checker in CHECKERS if checker.id == "INV-15")
NS = 1_000_000_000
BEGIN = {"event": "supervisor started"}


def changed(about: str, reason: str, boot: int | None = None, at_s: float = 0.0) -> dict[str, Any]:
    return {
        "event": "actor changed",
        "about": about,
        "reason": reason,
        "pid": boot,
        "boot": None if boot is None else f"{boot:x}",
        "mono_ns": int(at_s * NS),
    }


def restart(about: str, why: str, boot: int, at_s: float) -> list[dict[str, Any]]:
    return [
        changed(about, why, at_s=at_s),
        changed(about, f"after: {why}", at_s=at_s),
        changed(about, f"after: {why}", boot, at_s=at_s + 0.1),
    ]


START = [
    BEGIN,
    changed("router", "", 1),
    changed("a.trade", "waits for router"),
    changed("a.trade", "", 2),
]


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        (restart("router", "killed by SIGKILL", 3, 5), "router"),
        (restart("router", "stuck: its main loop did not answer", 3, 5), "router"),
        (restart("router", "restarted on request: operator", 3, 5), OPERATOR),
        (restart("router", "restarted on request: a.trade publishes other values now", 3, 5), "a.trade"),
        ([BEGIN, changed("router", "", 3, 9)], SUPERVISOR),
        (
            [
                *restart("a.trade", "killed by SIGKILL", 4, 5),
                *restart("router", "exit 70: BusError", 3, 5.2),
            ],
            "a.trade",
        ),
        (
            [
                *restart("a.trade", "killed by SIGKILL", 4, 5),
                *restart("router", "exit 70: JournalError: no sync", 3, 5.2),
            ],
            "router",
        ),
        (
            [
                *restart("a.trade", "killed by SIGKILL", 4, 5),
                *restart("router", "exit 70: BusError", 3, 9),
            ],
            "router",
        ),
    ],
)  # fmt: skip
def test_a_boot_has_the_cause_that_the_supervisor_saw(lines, cause):
    samples = [s for s in process_samples([*START, *lines]) if s.actor == "router"]
    assert [s.boot for s in samples] == [1, 3]
    assert samples[1].cause == cause
    bounds = Bounds(groups=frozenset({(c, "router") for c in (OPERATOR, SUPERVISOR)}))
    history = History(processes=tuple(process_samples([*START, *lines])), bounds=bounds)
    (verdict,) = judge(history, [INV_15])
    assert verdict.held is (cause != "a.trade")
