"""The one-time password: what the answer to asking for it means, and what is kept of a session. Pure."""

from enum import StrEnum
from typing import Any, Final

import attrs

from actors.venues.longbridge.calls import Envelope
from engine.errors import RemoteProtocolError

OTP_PATH: Final = "/v1/socket/token"
TOKEN_CHARS_MAX: Final = 1_024
"""Longest one-time password or session id that is believed."""
EXPIRY_MARGIN_NS: Final = 10_000_000_000
"""A session that ends so soon is not resumed: it might end on the way."""
TIME_MS_MAX: Final = 4_102_444_800_000
"""The year 2100: later times are in another unit than the field promises."""

_REJECTED: Final = {
    403201: "the signature is invalid: check app_secret",
    403203: "the app key is not accepted: check app_key",
    401004: "the access token is invalid: check access_token",
    401102: "the access token was not verified: check access_token",
}
_EXPIRED: Final = 401003
_FORBIDDEN: Final = {
    403205: "requests from this address are not allowed: see the application's address list",
}


class TokenVerdict(StrEnum):
    """What an answer to asking for a one-time password means."""

    GRANTED = "granted"
    FULL = "full"
    """Granted, but as many connections as are allowed are there already."""
    REJECTED = "rejected"
    """The credentials are of no use: stop."""
    EXPIRED = "expired"
    """The access token has run out; it may be refreshed once."""
    FORBIDDEN = "forbidden"
    """Not from here, or not with this key: stop."""
    LATER = "later"
    """Anything else: ask again, more slowly."""


@attrs.frozen(kw_only=True)
class TokenAnswer:
    """A verdict, the password when there is one, and words that hold neither secret nor password."""

    verdict: TokenVerdict
    text: str = ""
    otp: str = attrs.field(default="", repr=False)


def read_token(envelope: Envelope) -> TokenAnswer:
    """The meaning of an answer.

    Raises:
        RemoteProtocolError: a success without what it promises.
    """
    if not envelope.ok:
        return _refused(envelope)
    data = envelope.data
    otp, limit, online = _fields(data)
    if online >= limit:
        text = f"{online} of {limit} connections of the account are in use"
        return TokenAnswer(verdict=TokenVerdict.FULL, text=text)
    return TokenAnswer(verdict=TokenVerdict.GRANTED, otp=otp)


def _fields(data: Any) -> tuple[str, int, int]:
    if type(data) is not dict:
        raise RemoteProtocolError("the venue granted a one-time password without data")
    otp, limit, online = data.get("otp"), data.get("limit"), data.get("online")
    if type(otp) is not str or not 0 < len(otp) <= TOKEN_CHARS_MAX:
        raise RemoteProtocolError("the venue granted no one-time password that can be used")
    if type(limit) is not int or type(online) is not int:
        raise RemoteProtocolError("the venue does not say how many connections there are")
    return otp, limit, online


def _refused(envelope: Envelope) -> TokenAnswer:
    said = f"{envelope.code_text}: {envelope.text}"
    if envelope.code == _EXPIRED:
        return TokenAnswer(verdict=TokenVerdict.EXPIRED, text=said)
    if envelope.code in _FORBIDDEN:
        text = f"{said}; {_FORBIDDEN[envelope.code]}"
        return TokenAnswer(verdict=TokenVerdict.FORBIDDEN, text=text)
    if envelope.code in _REJECTED:
        text = f"{said}; {_REJECTED[envelope.code]}"
        return TokenAnswer(verdict=TokenVerdict.REJECTED, text=text)
    if envelope.status == 401:
        return TokenAnswer(verdict=TokenVerdict.REJECTED, text=said)
    return TokenAnswer(verdict=TokenVerdict.LATER, text=said)


@attrs.define
class Resumption:
    """What is kept of a session for the next connection. The id is as good as a password."""

    session_id: str = attrs.field(default="", repr=False)
    expires_ms: int = 0

    def granted(self, session_id: str, expires_ms: int) -> None:
        """The venue named a session. `expires_ms` is unix time, 0 when the venue does not say.

        Raises:
            RemoteProtocolError: an id or a time beyond what can be.
        """
        if len(session_id) > TOKEN_CHARS_MAX or not 0 <= expires_ms < TIME_MS_MAX:
            raise RemoteProtocolError("the venue named a session that cannot be")
        self.session_id, self.expires_ms = session_id, expires_ms

    def forget(self) -> None:
        """It is of no use any more."""
        self.session_id, self.expires_ms = "", 0

    def usable(self, wall_ns: int) -> bool:
        """Whether the next connection may resume it."""
        if not self.session_id:
            return False
        return not self.expires_ms or wall_ns + EXPIRY_MARGIN_NS < self.expires_ms * 1_000_000
