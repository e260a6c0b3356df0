"""Verdicts: what the end of a process means, for each restart type."""

import pytest

from engine.supervise.specs import Restart
from engine.supervise.verdict import Cause, Ending, Verdict, judge, reason_of

KILLED = Ending(cause=Cause.EXITED, code=-9)
RETURNED = Ending(cause=Cause.EXITED, code=0)
FAILED = Ending(cause=Cause.EXITED, code=70)
BAD_CONFIG = Ending(cause=Cause.EXITED, code=78)
ALL = tuple(Restart)


@pytest.mark.parametrize(
    ("ending", "restart", "verdict"),
    [
        *((BAD_CONFIG, restart, Verdict.FAILED) for restart in ALL),
        *((Ending(cause=Cause.STOPPED, code=-9), restart, Verdict.FINISHED) for restart in ALL),
        *((Ending(cause=Cause.RECYCLED, code=0), restart, Verdict.ANEW) for restart in ALL),
        (RETURNED, Restart.PERMANENT, Verdict.AGAIN),
        (RETURNED, Restart.TRANSIENT, Verdict.FINISHED),
        (RETURNED, Restart.TEMPORARY, Verdict.FINISHED),
        *((one, Restart.PERMANENT, Verdict.AGAIN) for one in (KILLED, FAILED)),
        *((one, Restart.TRANSIENT, Verdict.AGAIN) for one in (KILLED, FAILED)),
        *((one, Restart.TEMPORARY, Verdict.FAILED) for one in (KILLED, FAILED)),
        *(
            (Ending(cause=cause, code=code), Restart.TRANSIENT, Verdict.AGAIN)
            for cause in (Cause.NO_HELLO, Cause.NOT_READY, Cause.STUCK, Cause.NOT_STARTED)
            for code in (0, -9, 78)
        ),
    ],
)
def test_verdicts(ending: Ending, restart: Restart, verdict: Verdict) -> None:
    """The table of endings, restart types and verdicts."""
    assert judge(ending, restart) is verdict


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (KILLED, "killed by SIGKILL"),
        (Ending(cause=Cause.EXITED, code=-64), "killed by SIGRTMAX"),
        (Ending(cause=Cause.EXITED, code=-77), "killed by signal 77"),
        (RETURNED, "returned"),
        (Ending(cause=Cause.EXITED, code=70, last_words="X: y"), "exit 70: X: y"),
        (
            Ending(cause=Cause.STUCK, code=-9),
            "stuck: its main loop did not answer, its log shows where it was",
        ),
    ],
)
def test_endings_in_words(ending: Ending, words: str) -> None:
    """What an operator reads about an end."""
    assert reason_of(ending) == words
