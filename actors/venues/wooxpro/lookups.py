"""The look-ups under way: one per order, a few at once.

The venue answers few questions about single orders, and the same ones as a reconciliation; when many
orders are in doubt the reconciliation is the quicker answer. What finds no room here is asked again.
"""

from typing import Final

from actors.venues.wooxpro.lookup import lookup
from actors.venues.wooxpro.records import CurrencyOf
from actors.venues.wooxpro.rest import Answer, Rest
from engine.errors import LimitExceeded
from engine.session.contract import Note, Now
from engine.session.jobs import Job, Jobs

LOOKUPS_MAX: Final = 8
"""At once, one call each: fewer than the driver's connections, so that orders always find one."""


class Lookups:
    """Starts look-ups.

    Args:
        rest: builds and numbers the calls.
        jobs: runs them.
        currency_of: fee currency of a symbol, for fills that are found.
    """

    def __init__(self, rest: Rest, jobs: Jobs[Answer], currency_of: CurrencyOf) -> None:
        self._rest = rest
        self._jobs = jobs
        self._currency_of = currency_of
        self._running: set[tuple[str, str]] = set()

    @property
    def are_full(self) -> bool:
        """Whether another one must wait."""
        return len(self._running) >= LOOKUPS_MAX

    def start(
        self, symbol: str, client_order_id: str, venue_order_id: str, now: Now
    ) -> list[object]:
        """Look an order up, unless that is under way: one answer serves all who ask."""
        key = (symbol, client_order_id or venue_order_id)
        if key in self._running:
            return []
        if self.are_full:
            return [Note("order_not_looked_up", f"{key}: {LOOKUPS_MAX} are looked up already")]
        job = lookup(self._rest, symbol, client_order_id, venue_order_id, self._currency_of)
        self._running.add(key)
        try:
            _, effects = self._jobs.start(self._noting_its_end(job, key), now)
        except LimitExceeded as error:
            self._running.discard(key)
            return [Note("order_not_looked_up", str(error), alert=True)]
        return effects

    def _noting_its_end(self, job: Job, key: tuple[str, str]) -> Job:
        try:
            return (yield from job)
        finally:
            self._running.discard(key)
