"""The venue's panic protocol: open orders and cancels over HTTP alone, in service without a login.

The trade session needs its gateway and an account that can be read in full before anything goes on.
Here two lists are read and everything open on them is cancelled one by one: fewer things can be broken.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from actors.venues.longbridge.calls import Calls
from actors.venues.longbridge.errors import Verdict
from actors.venues.longbridge.openorders import cancel_everything, open_orders
from actors.venues.longbridge.records import order_of
from actors.venues.longbridge.rest import Answer, Rest, read_answer, read_failure
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.signature import Credentials
from actors.venues.longbridge.symbols import symbol_at_venue
from engine.errors import CredentialsRejected, LimitExceeded
from engine.messages.venue import CancelAllOrders, CancelOrder, ReconcileRequest
from engine.model.enums import VenueStateWord
from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    Effects,
    GiveUp,
    HttpResponse,
    Note,
    Now,
    SetState,
    Target,
)
from engine.session.findings import Findings, failed_part, parts_of
from engine.session.jobs import Job, Jobs

SILENCE_S: Final = 3600.0
"""There is no stream that could be silent."""


class HttpPanic:
    """`PanicProtocol` of Longbridge.

    Args:
        settings: of the venue.
        secrets: `app_key`, `app_secret`, `access_token`.

    Raises:
        ConfigError: one of them is missing.
    """

    ping_after_s = SILENCE_S
    dead_after_s = 2 * SILENCE_S

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self._credentials = Credentials.of(secrets)
        self._rest = Rest(settings, Calls(settings, self._credentials))
        self._jobs = Jobs[Answer]()
        self._cancels: set[int] = set()

    # --- the session: HTTP needs none ---------------------------------------------------------

    def target(self) -> Target:
        """No stream."""
        return Target("")

    def start(self, now: Now) -> Effects:
        """Nothing to load."""
        del now
        return NO_EFFECTS

    def opened(self, now: Now) -> Effects:
        """Every request carries its own proof of who we are."""
        del now
        return [SetState(VenueStateWord.RECONCILING, "HTTP only")]

    def received(self, data: str | bytes, now: Now) -> Effects:
        """Nothing comes without a stream."""
        del data, now
        return NO_EFFECTS

    def lost(self, reason: str, now: Now) -> Effects:
        """The end."""
        del reason, now
        return NO_EFFECTS

    def ping(self, now: Now) -> Effects:
        """Nobody to ping."""
        del now
        return NO_EFFECTS

    def deadline(self) -> int | None:
        """When the next pause of a job ends."""
        return self._jobs.deadline()

    def due(self, now: Now) -> Effects:
        """Go on with jobs."""
        return self._jobs.due(now)

    # --- commands -----------------------------------------------------------------------------

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """The open orders, and nothing else; complete unless a list of the venue was cut."""
        return self._start(self._open_orders(request, now), now)

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """List and cancel, repeated until nothing is left."""
        symbol = symbol_at_venue(command.instrument)
        return self._start(cancel_everything(self._rest, (), symbol, now), now)

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """One order by the venue's id, which the list has told."""
        if not command.venue_order_id:
            return [Note("order_cannot_be_cancelled", "the venue's id is not known", alert=True)]
        call = self._rest.cancel(command.venue_order_id, now, expires=command.expires_mono_ns)
        self._cancels.add(call.call_id)
        return [call]

    def _start(self, job: Job, now: Now) -> Effects:
        try:
            _, effects = self._jobs.start(job, now)
        except LimitExceeded as error:
            return [Note("panic_busy", str(error), alert=True)]
        return effects

    def _open_orders(self, request: ReconcileRequest, now: Now) -> Job:
        found, whole, words, _ = yield from open_orders(self._rest, "", now)
        if found is None:
            return [failed_part(request, words)]
        orders = tuple(map(order_of, found))
        since_ns = request.since_ns
        return [*parts_of(request, Findings(orders=orders, complete=whole, since_ns=since_ns))]

    # --- answers ------------------------------------------------------------------------------

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """A call was answered."""
        return self._ended(call_id, read_answer(response), now)

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """A call got no answer."""
        return self._ended(call_id, read_failure(failure), now)

    def _ended(self, call_id: int, answer: Answer, now: Now) -> Effects:
        answer = attrs.evolve(answer, text=self._credentials.scrub(answer.text))
        words = answer.words
        effects: list[object] = []
        if self._jobs.mine(call_id):
            effects += self._jobs.answered(call_id, answer, now)
        else:
            self._cancels.discard(call_id)
            if not answer.ok:
                effects.append(Note("cancel_not_taken", words))
        if answer.verdict in (Verdict.AUTH, Verdict.EXPIRED):
            effects.append(
                GiveUp(CredentialsRejected(f"the venue refuses the credentials: {words}"))
            )
        return effects
