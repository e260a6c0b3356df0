"""What a panic protocol over HTTP alone is like, whatever the venue.

A trade session needs its stream and an account that can be read in full before anything goes on. `panic`
wants fewer things that can be broken: it lists and cancels by jobs of HTTP calls, in service at once.
"""

from typing import Generic

from engine.errors import LimitExceeded
from engine.model.enums import VenueStateWord
from engine.session.contract import Effects, Note, Now, SetState
from engine.session.jobs import AnswerT, Job, Jobs
from engine.session.streamless import Streamless


class PanicOverHttp(Streamless, Generic[AnswerT]):
    """The part of a `PanicProtocol` that is no venue's: what it asks and cancels is for who derives.

    Args:
        api: the venue's word for its HTTP API.
    """

    def __init__(self, api: str) -> None:
        self._api = api
        self._jobs = Jobs[AnswerT]()

    def opened(self, now: Now) -> Effects:
        """Every request carries its own proof of who we are."""
        del now
        return [SetState(VenueStateWord.RECONCILING, f"{self._api} only")]

    def deadline(self) -> int | None:
        """When the next pause of a job ends."""
        return self._jobs.deadline()

    def due(self, now: Now) -> Effects:
        """Go on with jobs."""
        return self._jobs.due(now)

    def _start(self, job: Job, now: Now) -> Effects:
        """Run a job up to its first calls; an alert when there are too many."""
        try:
            _, effects = self._jobs.start(job, now)
        except LimitExceeded as error:
            return [Note("panic_busy", str(error), alert=True)]
        return effects
