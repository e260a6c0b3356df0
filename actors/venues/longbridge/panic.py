"""The venue's panic protocol: open orders and cancels over HTTP alone, in service without a login.

The trade session needs its gateway and an account that can be read in full before anything goes on.
Here two lists are read and everything open on them is cancelled one by one: fewer things can be broken.
"""

from collections.abc import Mapping

import attrs

from actors.venues.longbridge.calls import Calls
from actors.venues.longbridge.errors import Verdict
from actors.venues.longbridge.openorders import cancel_everything, open_orders
from actors.venues.longbridge.records import order_of
from actors.venues.longbridge.rest import Answer, Rest, read_answer, read_failure
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.signature import Credentials
from actors.venues.longbridge.symbols import symbol_at_venue
from engine.errors import CredentialsRejected
from engine.messages.venue import CancelAllOrders, CancelOrder, ReconcileRequest
from engine.session.contract import (
    CallFailure,
    Effects,
    GiveUp,
    HttpResponse,
    Note,
    Now,
)
from engine.session.findings import Findings, failed_part, parts_of
from engine.session.jobs import Job
from engine.session.panichttp import PanicOverHttp


class HttpPanic(PanicOverHttp[Answer]):
    """`PanicProtocol` of Longbridge.

    Args:
        settings: of the venue.
        secrets: `app_key`, `app_secret`, `access_token`.

    Raises:
        ConfigError: one of them is missing.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        super().__init__("HTTP")
        self._credentials = Credentials.of(secrets)
        self._rest = Rest(settings, Calls(settings, self._credentials))

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
        return [self._rest.cancel(command.venue_order_id, now, expires=command.expires_mono_ns)]

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
        elif not answer.ok:
            effects.append(Note("cancel_not_taken", words))
        if answer.verdict in (Verdict.AUTH, Verdict.EXPIRED):
            effects.append(
                GiveUp(CredentialsRejected(f"the venue refuses the credentials: {words}"))
            )
        return effects
