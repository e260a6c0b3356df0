"""What an operator is told when an actor is not started again: why, where to look, and what to do. Pure."""

from pathlib import Path

from engine.messages.control import ActorState
from engine.supervise.specs import ActorSpec

_WORDS = {
    ActorState.QUARANTINED: "given up (quarantined)",
    ActorState.FAILED: "given up (failed)",
}


def alert_text(spec: ActorSpec, state: ActorState, reason: str, log_file: Path | None) -> str:
    """The sentence of the alert.

    Args:
        spec: the actor.
        state: quarantined or failed.
        reason: why, as its state says.
        log_file: where it writes, None where it shares our output.
    """
    parts = [f"{_WORDS[state]}: {reason}"]
    if log_file is not None:
        parts.append(f"its log is {log_file}")
    if not spec.essential:  # without an essential actor the whole engine stops
        parts.append(_next_step(spec))
    return "; ".join(parts)


def _next_step(spec: ActorSpec) -> str:
    again = f"`python run.py restart {spec.name}`"
    if spec.kind == "strategy":
        return (
            f"mend its file, then {again}, which reads the file again; "
            "a changed configuration needs a new start of the engine"
        )
    return f"when the cause is gone, {again} starts it again"
