"""The one-time password of the next connection, and the access token that it is asked for with.

Owned by a gateway: asks, reads the answer, has an expired access token refreshed once and asks again. Says
what became of it; whether a connection still waits for it the gateway knows.
"""

import attrs

from actors.venues.longbridge.calls import Calls, read_envelope
from actors.venues.longbridge.refreshing import Refreshing
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.tokens import OTP_PATH, TokenAnswer, TokenVerdict, read_token
from engine.errors import (
    ConnectFailed,
    CredentialsRejected,
    PermissionMissing,
    RemoteProtocolError,
)
from engine.session.contract import CallFailure, Drop, GiveUp, HttpCall, HttpResponse, Note, Now


@attrs.frozen
class Password:
    """The password came; it works once. It is in no representation."""

    text: str = attrs.field(repr=False)


class Passwords:
    """The questions for passwords of one session.

    Args:
        settings: how long answers are waited for.
        calls: signs them.
    """

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self.refreshing = Refreshing(calls)
        self._timeout_s = settings.query_timeout_s
        self._calls = calls
        self._call_id: int | None = None
        self._under_way: set[int] = set()
        self._full_told = False

    def ask(self, now: Now) -> HttpCall:
        """For the next connection; an answer to an earlier question is none to this one."""
        call = self._calls.make("GET", OTP_PATH, now, budget="token", timeout_s=self._timeout_s)
        self._call_id = call.call_id
        self._under_way.add(call.call_id)
        return call

    def mine(self, call_id: int) -> bool:
        """Whether this call asked for a password, or for another access token."""
        return call_id in self._under_way or self.refreshing.mine(call_id)

    def answered(
        self, call_id: int, response: HttpResponse, now: Now, *, wanted: bool
    ) -> list[object]:
        """A call was answered: `Password`, or effects. A success without one is a failure.

        Args:
            call_id: of the call.
            response: its answer.
            now: the time.
            wanted: whether a connection waits for a password.
        """
        if self.refreshing.mine(call_id):
            renewed, told = self.refreshing.answered(response)
            waits = wanted and self._call_id is None
            return [*told, self.ask(now)] if renewed and waits else told
        if not self._is_current(call_id) or not wanted:
            return []
        envelope = read_envelope(response)
        text = self._calls.credentials.scrub(envelope.text)  # it may repeat what we sent
        try:
            token = read_token(attrs.evolve(envelope, text=text))
        except RemoteProtocolError as error:
            token = TokenAnswer(verdict=TokenVerdict.LATER, text=str(error))
        if token.verdict is TokenVerdict.GRANTED:
            self._full_told = False
            return [Password(token.otp)]
        if token.verdict is TokenVerdict.EXPIRED:
            told = self.refreshing.expired(call_id, now)
            if told or self.refreshing.under_way:
                return told
            return [self.ask(now)]  # that one was signed with the token of before
        return self._refused(token)

    def failed(self, call_id: int, failure: CallFailure, *, wanted: bool) -> list[object]:
        """A call came to nothing."""
        drop = Drop(ConnectFailed(f"no one-time password: {failure.reason}"))
        if self.refreshing.mine(call_id):
            waits = wanted and self._call_id is None
            told = self.refreshing.failed(failure)
            return [*told, drop] if waits else told
        return [drop] if self._is_current(call_id) and wanted else []

    def full(self, text: str) -> list[object]:
        """As many connections as are allowed are there: told once until one is granted again."""
        told, self._full_told = self._full_told, True
        return [] if told else [Note("connection_limit", text, alert=True)]

    def granted(self) -> None:
        """A connection was."""
        self._full_told = False

    def _is_current(self, call_id: int) -> bool:
        """The call has ended; whether it was the newest question."""
        self._under_way.discard(call_id)
        if call_id != self._call_id:
            return False
        self._call_id = None
        return True

    def _refused(self, token: TokenAnswer) -> list[object]:
        if token.verdict is TokenVerdict.REJECTED:
            return [GiveUp(CredentialsRejected(token.text))]
        if token.verdict is TokenVerdict.FORBIDDEN:
            return [GiveUp(PermissionMissing(token.text))]
        if token.verdict is TokenVerdict.FULL:
            return [*self.full(token.text), Drop(ConnectFailed(token.text))]
        return [Drop(ConnectFailed(f"no one-time password: {token.text}"))]
