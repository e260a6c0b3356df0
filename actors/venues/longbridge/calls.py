"""Signed calls of the HTTP API and the envelope of their answers, for both sessions. Pure.

The query is part of what is signed, byte for byte, so it is written into the path here and not left to
the HTTP driver. An answer is read into an `Envelope`, which never raises: what an answer that cannot be
read means is known only to whoever asked.
"""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import attrs

from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.signature import Credentials, signed_headers
from engine.errors import RemoteProtocolError
from engine.session import strictjson
from engine.session.contract import CallKind, HttpCall, HttpResponse, Now
from engine.session.values import shorten

ANSWER_BYTES_MAX: Final = 8 << 20
"""A thousand rows of orders are about 1 MiB; the HTTP driver ends at the same bound."""


@attrs.frozen(kw_only=True)
class Envelope:
    """What the venue answered.

    Attributes:
        status: of HTTP.
        code: the venue's own, 0 for success; None where the answer is not the venue's JSON.
        text: its words, or why it cannot be read.
        data: of a success: numbers with a fraction are texts, as they stood.
        trace_id: the venue's name for the request, for its support.
    """

    status: int
    code: int | None
    text: str
    data: Any = None
    trace_id: str = ""

    @property
    def ok(self) -> bool:
        """Success: code 0 with a status that does not contradict it."""
        return self.code == 0 and 200 <= self.status < 300

    @property
    def code_text(self) -> str:
        """The code for reports: the venue's, else the HTTP status."""
        return f"http-{self.status}" if self.code is None else str(self.code)


def read_envelope(response: HttpResponse) -> Envelope:
    """The meaning of a response; never raises."""
    trace_id = shorten(response.headers.get("x-trace-id"))
    try:
        body = strictjson.loads(response.body, exact=True, bytes_max=ANSWER_BYTES_MAX)
    except RemoteProtocolError as error:
        return Envelope(status=response.status, code=None, text=str(error), trace_id=trace_id)
    if type(body) is not dict or type(body.get("code")) is not int:
        text = f"HTTP {response.status} without the venue's envelope"
        return Envelope(status=response.status, code=None, text=text, trace_id=trace_id)
    words = body.get("message") or body.get("msg")
    return Envelope(
        status=response.status,
        code=body["code"],
        text=shorten(words) or f"HTTP {response.status}",
        data=body.get("data"),
        trace_id=trace_id,
    )


class Calls:
    """Builds the calls of one session and numbers them.

    Args:
        settings: base URL and language.
        credentials: sign every call.
    """

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._prefix = urlsplit(settings.http_url).path.rstrip("/")
        self._language = settings.language
        self._marks = {"x-papertrading": "true"} if settings.paper_account else {}
        self.credentials = credentials
        self._last_id = 0

    def renew(self, access_token: str) -> int:
        """Sign with this token from now on; the number of the first call that will carry it."""
        self.credentials = attrs.evolve(self.credentials, access_token=access_token)
        return self._last_id + 1

    def make(
        self,
        method: str,
        path: str,
        now: Now,
        *,
        query: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        kind: CallKind = CallKind.QUERY,
        budget: str = "",
        timeout_s: float = 10.0,
        order: str = "",
        expires_mono_ns: int = 0,
    ) -> HttpCall:
        """A signed call; `query` in the order given, keys may repeat."""
        raw = urlencode(tuple(query))
        headers = signed_headers(
            self.credentials,
            method,
            self._prefix + path,
            query=raw,
            body=body,
            language=self._language,
            wall_ns=now.wall_ns,
        )
        self._last_id += 1
        return HttpCall(
            call_id=self._last_id,
            method=method,
            path=f"{path}?{raw}" if raw else path,
            headers=headers | self._marks,
            body=body,
            kind=kind,
            budget=budget,
            timeout_s=timeout_s,
            order=order,
            expires_mono_ns=expires_mono_ns,
        )
