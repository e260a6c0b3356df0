"""The venue's panic protocol: open orders and cancels over REST alone, in service without a login.

The trade session needs its private stream and an account that can be read in full before anything
goes on. Here one list is read and everything on it is cancelled by symbol: fewer things can be broken.
"""

from collections.abc import Mapping

from actors.venues.wooxpro.bodies import cancel_body
from actors.venues.wooxpro.errors import Verdict
from actors.venues.wooxpro.login import Credentials
from actors.venues.wooxpro.lookup import OPEN_ORDERS_LIMIT
from actors.venues.wooxpro.records import order_of
from actors.venues.wooxpro.rest import Answer, Path, Rest, read_answer, read_failure
from actors.venues.wooxpro.settings import Settings
from actors.venues.wooxpro.sweep import cancel_everything
from actors.venues.wooxpro.symbols import symbol_at_venue
from actors.venues.wooxpro.wire import rows
from engine.errors import (
    CredentialsRejected,
    LocalProtocolError,
    RemoteProtocolError,
)
from engine.messages.venue import CancelAllOrders, CancelOrder, ReconcileRequest
from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    CallKind,
    Effects,
    GiveUp,
    HttpResponse,
    Note,
    Now,
)
from engine.session.findings import Findings, failed_part, parts_of
from engine.session.jobs import Job
from engine.session.panichttp import PanicOverHttp


class RestPanic(PanicOverHttp[Answer]):
    """`PanicProtocol` of WOO X Pro.

    Args:
        settings: of the venue.
        secrets: `api_key`, `api_secret`, `memo`.

    Raises:
        ConfigError: one of them is missing.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        super().__init__("REST")
        self._credentials = Credentials.of(secrets)
        self._rest = Rest(settings, self._credentials)
        self._symbols: dict[str, None] = {}

    # --- commands -----------------------------------------------------------------------------

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """The open orders, and nothing else; complete unless the venue's list was cut."""
        return self._start(self._open_orders(request), now)

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Cancel by symbol, looked up and repeated until nothing is left."""
        only = symbol_at_venue(command.instrument)
        return self._start(cancel_everything(self._rest, self._symbols, only, now), now)

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """One order by its name."""
        try:
            body = cancel_body(command, symbol_at_venue(command.instrument))
        except LocalProtocolError as error:
            return [Note("order_cannot_be_cancelled", str(error), alert=True)]
        call = self._rest.post(
            Path.CANCEL,
            body,
            now,
            kind=CallKind.CANCEL,
            expires_mono_ns=command.expires_mono_ns,
        )
        return [call]

    def _open_orders(self, request: ReconcileRequest) -> Job:
        query = {"order_state": "all", "limit": str(OPEN_ORDERS_LIMIT)}
        (answer,), _ = yield (self._rest.get(Path.OPEN_ORDERS, query, kind=CallKind.CANCEL),)
        if not answer.ok:
            return self._failed(request, answer)
        try:
            found = rows(answer.data, "open orders")
            orders = tuple(order_of(row) for row in found)
        except RemoteProtocolError as error:
            return [failed_part(request, str(error))]
        self._symbols.update(dict.fromkeys(symbol_at_venue(each.instrument) for each in orders))
        findings = Findings(
            orders=orders, complete=len(orders) < OPEN_ORDERS_LIMIT, since_ns=request.since_ns
        )
        return [*parts_of(request, findings)]

    def _failed(self, request: ReconcileRequest, answer: Answer) -> list[object]:
        words = self._credentials.scrub(f"open orders: {answer.code_text} {answer.text}")
        if answer.verdict is Verdict.AUTH:
            return [GiveUp(CredentialsRejected(words))]
        return [failed_part(request, words)]

    # --- answers ------------------------------------------------------------------------------

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """A call was answered."""
        return self._ended(call_id, read_answer(response), now)

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """A call got no answer."""
        return self._ended(call_id, read_failure(failure), now)

    def _ended(self, call_id: int, answer: Answer, now: Now) -> Effects:
        if self._jobs.mine(call_id):
            return self._jobs.answered(call_id, answer, now)
        if answer.ok:
            return NO_EFFECTS
        words = self._credentials.scrub(f"{answer.code_text} {answer.text}")
        return [Note("cancel_not_taken", words)]
