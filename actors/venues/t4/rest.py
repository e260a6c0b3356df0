"""The venue's HTTP API: which questions we ask, and what an answer means.

All of them are reads; nothing here changes anything at the venue. A call is made once by the driver; an
answer is read into an `Answer`, which never raises.
"""

from collections.abc import Generator, Mapping
from enum import StrEnum
from typing import Any, Final

import attrs

from actors.venues.t4.settings import Settings
from actors.venues.t4.tokens import Tokens
from engine.errors import RemoteProtocolError
from engine.session import strictjson
from engine.session.contract import CallFailure, CallKind, HttpCall, HttpResponse, Now
from engine.session.jobs import Pause, Step
from engine.session.values import shorten

ANSWER_BYTES_MAX: Final = 8 << 20
"""Some days of minute bars are 2 MiB; the HTTP driver ends at the same bound."""
BUDGET: Final = "rest"
TRY_AGAIN: Final = frozenset({401, 408, 425, 429})
"""Statuses below 500 that say "not now"; 401 because a token may have run out on the way."""
TRIES_MAX: Final = 3
TRY_AGAIN_S: Final = 2.0
"""Pause before the second try; twice as long before the third."""


class Path(StrEnum):
    """The routes we use."""

    EXCHANGES = "/markets/exchanges"
    CONTRACTS = "/markets/contracts"
    GROUPS = "/markets/picker/groups"
    PICKER = "/markets/picker"
    FIRST_MARKET = "/markets/picker/firstmarket"
    BAR_CHART = "/chart/barchart"


@attrs.frozen(kw_only=True)
class Answer:
    """What became of a call.

    Attributes:
        data: of a success.
        status: of HTTP, 0 without an answer.
        text: why not, for logs; empty for a success.
    """

    data: Any = None
    status: int = 0
    text: str = ""

    @property
    def ok(self) -> bool:
        """Success."""
        return not self.text

    @property
    def final(self) -> bool:
        """Refused in a way that asking again does not change."""
        return 400 <= self.status < 500 and self.status not in TRY_AGAIN


def read_answer(response: HttpResponse) -> Answer:
    """The meaning of a response; never raises. Numbers with a fraction are texts, as they stood."""
    status = response.status
    if status != 200:
        return Answer(status=status, text=f"HTTP {status}")
    try:
        data = strictjson.loads(response.body, exact=True, bytes_max=ANSWER_BYTES_MAX)
    except RemoteProtocolError as error:
        return Answer(status=status, text=str(error))
    return Answer(data=data, status=status)


def read_failure(failure: CallFailure) -> Answer:
    """A call without an answer."""
    return Answer(text=shorten(failure.reason) or "no answer")


class Rest:
    """Builds the calls of one connection.

    Args:
        settings: patience.
        tokens: prove who we are.
        first_call_id: calls are numbered from here.
    """

    def __init__(self, settings: Settings, tokens: Tokens, first_call_id: int) -> None:
        self._timeout_s = settings.query_timeout_s
        self._tokens = tokens
        self._next_id = first_call_id

    def get(self, path: Path, query: Mapping[str, str], now: Now) -> HttpCall:
        """A question. Whether it may be asked yet is the caller's to know (`Tokens.usable`)."""
        call_id, self._next_id = self._next_id, self._next_id + 1
        return HttpCall(
            call_id=call_id,
            method="GET",
            path=path.value,
            query=dict(query),
            headers={"Accept": "application/json", **self._tokens.headers(now)},
            kind=CallKind.QUERY,
            budget=BUDGET,
            timeout_s=self._timeout_s,
        )

    def ask(
        self, path: Path, query: Mapping[str, str], now: Now
    ) -> Generator[Step, Any, tuple[Answer, Now]]:
        """A question as part of a job, asked a few times where that may help: the last answer, and when."""
        for tried in range(1, TRIES_MAX + 1):
            answers, now = yield (self.get(path, query, now),)
            answer: Answer = answers[0]
            if answer.ok or answer.final or tried == TRIES_MAX:
                break
            _, now = yield Pause(TRY_AGAIN_S * tried)
        return answer, now
