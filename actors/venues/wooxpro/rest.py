"""The venue's REST dialect: building calls and reading the envelope of their answers.

A call is made once by the driver; what it answers is read here into an `Answer`, which never raises:
an answer that cannot be read is an answer with unknown outcome, and only the caller knows what that
means for its request.
"""

import itertools
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import attrs

from actors.venues.wooxpro.errors import Verdict, explain, judge
from actors.venues.wooxpro.login import Credentials, keyed_headers, signed_headers
from actors.venues.wooxpro.settings import Settings
from engine.errors import LocalProtocolError, RemoteProtocolError
from engine.session import strictjson
from engine.session.contract import CallFailure, CallKind, HttpCall, HttpResponse, Now
from engine.session.values import shorten

BODY_BYTES_MAX: Final = 4 << 20
"""The list of all instruments is the longest answer: about 1 kB each, some hundreds of them."""


class Path(StrEnum):
    """The routes we use."""

    DETAILS = "/contract/public/details"
    ASSETS = "/contract/private/assets-detail"
    POSITIONS = "/contract/private/position-v2"
    POSITION_MODE = "/contract/private/get-position-mode"
    ORDER = "/contract/private/order"
    OPEN_ORDERS = "/contract/private/get-open-orders"
    ORDER_HISTORY = "/contract/private/order-history"
    TRADES = "/contract/private/trades"
    SUBMIT = "/contract/private/submit-order"
    CANCEL = "/contract/private/cancel-order"
    CANCEL_SYMBOL = "/contract/private/cancel-orders"
    CANCEL_AFTER = "/contract/private/cancel-all-after"
    MODIFY = "/contract/private/modify-limit-order"
    LEVERAGE = "/contract/private/submit-leverage"


BUDGETS: Final[Mapping[Path, str]] = {
    Path.DETAILS: "public",
    Path.ASSETS: "assets",
    Path.POSITIONS: "position",
    Path.POSITION_MODE: "position_mode",
    Path.ORDER: "order",
    Path.OPEN_ORDERS: "open_orders",
    Path.ORDER_HISTORY: "order_history",
    Path.TRADES: "trades",
    Path.SUBMIT: "submit",
    Path.CANCEL: "cancel",
    Path.CANCEL_SYMBOL: "cancel_symbol",
    Path.CANCEL_AFTER: "dead_man",
    Path.MODIFY: "modify",
    Path.LEVERAGE: "leverage",
}
"""The rate budget of each route; counts stand in `capabilities.BUDGETS`."""


class Fate(StrEnum):
    """How far a call came."""

    ANSWERED = "answered"
    NOT_SENT = "not_sent"
    LOST = "lost"


@attrs.frozen(kw_only=True)
class Answer:
    """What became of a call.

    Attributes:
        fate: whether there is an answer at all.
        verdict: what it means; UNKNOWN for a lost call, REFUSED for one that was not sent.
        status: HTTP status, 0 without an answer.
        code: the venue's code, None where it could not be read.
        text: why, for logs and reports; the venue's own words where there are any.
        data: the payload of a success.
    """

    fate: Fate
    verdict: Verdict
    status: int = 0
    code: int | None = None
    text: str = ""
    data: Any = None

    @property
    def ok(self) -> bool:
        """Success."""
        return self.verdict is Verdict.OK

    @property
    def code_text(self) -> str:
        """The code for reports: the venue's, else the HTTP status, else what happened to the call."""
        if self.code is not None:
            return str(self.code)
        return f"http-{self.status}" if self.status else str(self.fate)


def read_answer(response: HttpResponse) -> Answer:
    """The meaning of a response; never raises."""
    try:
        envelope = strictjson.loads(response.body, exact=True, bytes_max=BODY_BYTES_MAX)
    except RemoteProtocolError as error:
        return _unreadable(response.status, str(error))
    if type(envelope) is not dict:
        return _unreadable(response.status, "not an object")
    code = _code(envelope.get("code"))
    words = envelope.get("message") or envelope.get("error_msg") or envelope.get("msg")
    return Answer(
        fate=Fate.ANSWERED,
        verdict=judge(response.status, code),
        status=response.status,
        code=code,
        text=shorten(words) or explain(code) or f"HTTP {response.status}",
        data=envelope.get("data"),
    )


def read_failure(failure: CallFailure) -> Answer:
    """A call without an answer: known to be not sent, or lost."""
    if failure.not_sent:
        return Answer(fate=Fate.NOT_SENT, verdict=Verdict.REFUSED, text=shorten(failure.reason))
    return Answer(fate=Fate.LOST, verdict=Verdict.UNKNOWN, text=shorten(failure.reason))


def _code(value: object) -> int | None:
    """Some services of the sibling write the code as text."""
    if type(value) is str and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    return value if type(value) is int else None


def _unreadable(status: int, why: str) -> Answer:
    return Answer(
        fate=Fate.ANSWERED,
        verdict=Verdict.UNKNOWN if status == 200 else judge(status, None),
        status=status,
        text=f"HTTP {status} with a body that cannot be read: {why}",
    )


class Rest:
    """Builds the calls of one session and numbers them.

    Args:
        settings: of the venue.
        credentials: None for a session that makes public calls only.
    """

    def __init__(self, settings: Settings, credentials: Credentials | None) -> None:
        self._settings = settings
        self._credentials = credentials
        self._ids = itertools.count(1)

    def get(
        self,
        path: Path,
        query: Mapping[str, str] | None = None,
        *,
        kind: CallKind = CallKind.QUERY,
    ) -> HttpCall:
        """A query; private ones carry the key and no signature, as the venue wants it."""
        private = path.startswith("/contract/private/")
        return HttpCall(
            call_id=next(self._ids),
            method="GET",
            path=str(path),
            query=dict(query or {}),
            headers=keyed_headers(self._settings, self._known()) if private else {},
            kind=kind,
            budget=BUDGETS[path],
            timeout_s=self._settings.query_timeout_s,
        )

    def post(
        self,
        path: Path,
        body: Mapping[str, object],
        now: Now,
        *,
        kind: CallKind = CallKind.ORDER,
        order: str = "",
        expires_mono_ns: int = 0,
    ) -> HttpCall:
        """A signed command; the signed text and the body are the same bytes."""
        raw = json.dumps(body, separators=(",", ":"), ensure_ascii=True)
        return HttpCall(
            call_id=next(self._ids),
            method="POST",
            path=str(path),
            headers=signed_headers(self._settings, self._known(), raw, now.wall_ns),
            body=raw.encode(),
            kind=kind,
            budget=BUDGETS[path],
            timeout_s=self._settings.order_timeout_s,
            order=order,
            expires_mono_ns=expires_mono_ns,
        )

    def _known(self) -> Credentials:
        if self._credentials is None:
            raise LocalProtocolError("a private call in a session without credentials")
        return self._credentials
