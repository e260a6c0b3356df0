"""What the end of a child means: finished, failed for good, or to be started again. Pure.

A permanent child that returns has failed whatever its exit code (SUP-2): a stray cancellation can end
a session as if all went well. A configuration that cannot be used does not get better by restarting.
"""

import signal
from enum import StrEnum

import attrs

from engine.supervise.launch import EXIT_CONFIG
from engine.supervise.specs import Restart


class Cause(StrEnum):
    """Why a life of a child ended, as the supervisor saw it."""

    EXITED = "exited"
    """By itself or by a signal from elsewhere."""
    NO_HELLO = "no_hello"
    """Killed: it did not say hello in time."""
    NOT_READY = "not_ready"
    """Killed: it said hello, but did not come into service in time."""
    STUCK = "stuck"
    """Killed: its main loop did not answer."""
    STOPPED = "stopped"
    """Asked to stop."""
    RECYCLED = "recycled"
    """Asked to stop so that it starts anew."""
    NOT_STARTED = "not_started"
    """No process could be made."""


@attrs.frozen(kw_only=True)
class Ending:
    """One ended life: the cause, the exit code (negative: the signal) and its last words."""

    cause: Cause
    code: int
    last_words: str = ""


class Verdict(StrEnum):
    """What follows."""

    FINISHED = "finished"
    FAILED = "failed"
    AGAIN = "again"
    """Started again, and counted against its budget."""
    ANEW = "anew"
    """Started again because somebody asked for it: not counted."""


def judge(ending: Ending, restart: Restart) -> Verdict:
    """What follows from an ending for a child of this restart type."""
    if ending.cause is Cause.STOPPED:
        return Verdict.FINISHED
    if ending.cause is Cause.RECYCLED:
        return Verdict.ANEW
    if ending.cause is Cause.EXITED and ending.code == EXIT_CONFIG:
        return Verdict.FAILED
    clean = ending.cause is Cause.EXITED and ending.code == 0
    if clean and restart is not Restart.PERMANENT:
        return Verdict.FINISHED
    return Verdict.FAILED if restart is Restart.TEMPORARY else Verdict.AGAIN


_WORDS = {
    Cause.NO_HELLO: "said no hello in time",
    Cause.NOT_READY: "was not ready in time",
    Cause.STUCK: "stuck: its main loop did not answer, its log shows where it was",
    Cause.STOPPED: "stopped",
    Cause.RECYCLED: "restarted on request",
    Cause.NOT_STARTED: "could not be started",
}


def reason_of(ending: Ending) -> str:
    """The ending in words, for status, log and alerts."""
    words = _WORDS.get(ending.cause) or _exit_words(ending.code)
    return f"{words}: {ending.last_words}" if ending.last_words else words


def _exit_words(code: int) -> str:
    if code == 0:
        return "returned"
    if code > 0:
        return f"exit {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"killed by {name}"
