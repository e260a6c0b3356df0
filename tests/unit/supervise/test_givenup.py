"""The alert about an actor that is not started again says why, where to look and what to do."""

from pathlib import Path

import attrs

from engine.messages.control import ActorState
from engine.supervise.givenup import alert_text
from engine.supervise.intensity import RestartPolicy
from engine.supervise.specs import ActorSpec

STRATEGY = ActorSpec(
    name="strategy.x",
    kind="strategy",
    module="m",
    policy=RestartPolicy(intensity=3, period_s=300),
)
REASON = "after 3 restarts within 300 s, last: exit 70: E: e (strategies/x.py:8 in on_quote)"


def test_a_strategy_is_mended_and_started_again():
    """Reason with file and line, the log, and that the edited file is read."""
    text = alert_text(STRATEGY, ActorState.QUARANTINED, REASON, Path("/run/logs/strategy.x.log"))
    assert text == (
        f"given up (quarantined): {REASON}; its log is /run/logs/strategy.x.log; "
        "mend its file, then `python run.py restart strategy.x`, which reads the file again; "
        "a changed configuration needs a new start of the engine"
    )


def test_others_are_started_again_when_the_cause_is_gone():
    """A session has no file to mend; one that shares our output has no log of its own."""
    session = attrs.evolve(STRATEGY, name="v.trade", kind="session")
    text = alert_text(session, ActorState.FAILED, "exit 78: X", None)
    assert text == (
        "given up (failed): exit 78: X; "
        "when the cause is gone, `python run.py restart v.trade` starts it again"
    )


def test_an_essential_actor_is_not_to_be_started_again():
    """The engine stops with it: there is nobody to ask."""
    router = attrs.evolve(STRATEGY, name="router", kind="router", essential=True)
    text = alert_text(router, ActorState.QUARANTINED, "r", Path("/l"))
    assert text == "given up (quarantined): r; its log is /l"
