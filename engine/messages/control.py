"""Control: the supervisor and every actor, in both directions, over the `control` endpoint.

An actor says `Hello`, hears `Welcome` (or `Refused` and ends), reports its state at each change and
answers each `Ping` from its main loop: a pong proves that the loop turns, which no heartbeat of
ZeroMQ does. Every message of an actor carries its boot, so that what a dead boot still had under way
is told apart from its successor. JSON texts (`published`, `gauges`) are objects; what does not fit
`JSON_CHARS_MAX` is left out by the sender, never cut.
"""

from enum import StrEnum

import attrs

from engine.messages.codec import register

JSON_CHARS_MAX = 60_000
"""One JSON text in a control message; keeps any of them below the text bound of the codec."""

REASON_CHARS_MAX = 500
"""One reason; enough for a sentence, too little for a payload."""


class ActorState(StrEnum):
    """Where an actor is in its life, as programs outside read it: extend, never rename."""

    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    RESTARTING = "restarting"
    QUARANTINED = "quarantined"
    FAILED = "failed"


IN_SERVICE = frozenset({ActorState.READY, ActorState.DEGRADED})
"""States in which an actor does its work and others may rely on it."""


# --- actor → supervisor ------------------------------------------------------------------------


@register(tag=1)
@attrs.frozen(kw_only=True)
class Hello:
    """A new boot presents itself; `protocol` is the fingerprint of all messages it knows."""

    name: str
    boot: int
    pid: int
    protocol: str


@register(tag=2)
@attrs.frozen(kw_only=True)
class StateReport:
    """The actor's state changed. `published` is what others need of it (JSON, e.g. its ports)."""

    boot: int
    state: ActorState
    reason: str
    published: str


@register(tag=3)
@attrs.frozen(kw_only=True)
class Pong:
    """Answer to the ping with the same number, with the state as of now and the actor's numbers.

    It repeats what `StateReport` said, so that a lost report is made good within a heartbeat.
    """

    boot: int
    number: int
    state: ActorState
    reason: str
    published: str
    gauges: str


# --- supervisor → actor ------------------------------------------------------------------------


@register(tag=10)
@attrs.frozen(kw_only=True)
class Welcome:
    """The hello was accepted."""

    boot: int
    supervisor_boot: int


@register(tag=11)
@attrs.frozen(kw_only=True)
class Refused:
    """The hello was not accepted: another release, or not the boot that was started."""

    boot: int
    reason: str


@register(tag=12)
@attrs.frozen(kw_only=True)
class Ping:
    """Asks for a pong; numbers count from 1 for each boot."""

    boot: int
    number: int


@register(tag=13)
@attrs.frozen(kw_only=True)
class Stop:
    """Finish within `grace_s`; after that come SIGTERM and SIGKILL."""

    boot: int
    reason: str
    grace_s: float


@register(tag=14)
@attrs.frozen(kw_only=True)
class PeerReport:
    """Another actor's state, told to those whose spec says they watch the others.

    Sent for each change, and for every actor after `Welcome`. `boot` is the watched actor's.
    """

    name: str
    kind: str
    boot: int
    state: ActorState
    reason: str
