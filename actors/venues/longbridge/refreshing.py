"""One refresh of an access token that the venue calls expired, and then no other.

Access tokens live about 90 days. Where a request is refused because its token has run out, the venue is
asked once for a new one; whether it gives one for a token that has run out already nobody says. The new
token lives in this process only: the configured one has to be replaced by a person, who is told so.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from actors.venues.longbridge.calls import Calls, read_envelope
from actors.venues.longbridge.tokens import TOKEN_CHARS_MAX
from engine.errors import TokenExpired
from engine.session.contract import CallFailure, GiveUp, HttpResponse, Note, Now

REFRESH_PATH: Final = "/v1/token/refresh"
LIFE: Final = timedelta(days=90)
"""What is asked for: as long as tokens live by default."""
TIMEOUT_S: Final = 10.0

_HINT: Final = (
    "get a new access token from the developer page, put it into the credentials and restart"
)


class Refreshing:
    """The refresh of one session's token.

    Args:
        calls: makes the call, and signs with the new token from then on.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._call_id: int | None = None
        self._fresh_from: int | None = None

    @property
    def under_way(self) -> bool:
        """Whether the venue has been asked and has not answered."""
        return self._call_id is not None

    def expired(self, call_id: int, now: Now) -> list[object]:
        """This call was refused for its token: ask for another one, or give up if that was done.

        A call that was signed with the token of before says nothing of the new one.
        """
        if self.under_way:
            return []
        if self._fresh_from is not None:
            if call_id < self._fresh_from:
                return []
            return [_over("the refreshed access token is refused as expired, too")]
        until = datetime.fromtimestamp(now.wall_ns // 1_000_000_000, UTC) + LIFE
        query = (("expired_at", until.strftime("%Y-%m-%dT%H:%M:%SZ")),)
        call = self._calls.make(
            "GET", REFRESH_PATH, now, query=query, budget="token", timeout_s=TIMEOUT_S
        )
        self._call_id = call.call_id
        return [call]

    def mine(self, call_id: int) -> bool:
        """Whether this call is the refresh."""
        return call_id == self._call_id

    def answered(self, response: HttpResponse) -> tuple[bool, list[object]]:
        """The refresh was answered: whether there is a new token, and what to tell."""
        self._call_id = None
        envelope = read_envelope(response)
        data = envelope.data if envelope.ok else None
        token = data.get("token") if type(data) is dict else None
        if type(token) is not str or not 0 < len(token) <= TOKEN_CHARS_MAX or not token.isascii():
            why = f"{envelope.code_text}: {envelope.text}"
            why = self._calls.credentials.scrub(why)
            return False, [_over(f"the access token has expired and was not refreshed ({why})")]
        self._fresh_from = self._calls.renew(token)
        told = f"valid in this process only: {_HINT}"
        return True, [Note("access_token_refreshed", told, alert=True)]

    def failed(self, failure: CallFailure) -> list[object]:
        """The refresh got no answer: the next refusal asks again."""
        self._call_id = None
        return [Note("access_token_not_refreshed", failure.reason[:200], alert=True)]


def _over(why: str) -> GiveUp:
    return GiveUp(TokenExpired(f"{why}; {_HINT}"))
