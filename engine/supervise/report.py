"""What the supervisor tells programs outside: events as they happen and the state of all actors.

The keys of an actor's row are stable (`docs` call it the status JSON): extend, never rename.
"""

from collections.abc import Mapping

import attrs

from engine.messages.control import ActorState
from engine.supervise.child import Child
from engine.supervise.limits import rss_mib


@attrs.frozen(kw_only=True)
class SupervisorEvent:
    """An actor's state, reason or process has changed."""

    ts_ns: int
    actor: str
    kind: str
    state: ActorState
    reason: str
    pid: int | None
    boot: int | None


def event_of(child: Child, ts_ns: int) -> SupervisorEvent:
    """How the child is now, as an event."""
    life = child.life
    return SupervisorEvent(
        ts_ns=ts_ns,
        actor=child.spec.name,
        kind=child.spec.kind,
        state=child.state,
        reason=child.reason,
        pid=life.pid if life else None,
        boot=life.boot if life else None,
    )


def row_of(child: Child, now_mono_ns: int) -> Mapping[str, object]:
    """One actor in the status: `pid`, `boot` (hex) and `heartbeat_age_s` are null without a process."""
    life = child.life
    age_s = life.heartbeat.age_s(now_mono_ns) if life else None
    return {
        "name": child.spec.name,
        "kind": child.spec.kind,
        "pid": life.pid if life else None,
        "boot": f"{life.boot:x}" if life else None,
        "state": child.state.value,
        "reason": child.reason,
        "since_ns": child.since_ns,
        "restarts": child.restarts,
        "restarts_in_window": child.restarts_in_window,
        "last_reason": child.last_reason,
        "heartbeat_age_s": None if age_s is None else round(age_s, 3),
        "rss_mib": rss_mib(life.pid) if life else 0.0,
        "gauges": dict(life.gauges) if life else {},
    }
