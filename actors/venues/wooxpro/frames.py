"""The frames of both streams: what arrived, before its content is looked at.

The venue mixes answers (`action`), pushes (`group` and `data`) and pongs on one stream; here they are
told apart, and an answer is read into an `Answered`.
"""

from typing import Any, Final

import attrs

from actors.venues.wooxpro.symbols import base_of
from engine.errors import RemoteProtocolError
from engine.session import strictjson
from engine.session.values import malformed, shorten

PING: Final = '{"action":"ping"}'
PONG_TEXT: Final = "pong"
SYSTEM_GROUP: Final = "System"

_LATER: Final = "temporarily unavailable"
_LOGIN_NEEDED: Final = ("need authenication", "need authentication")  # the venue's spelling first


@attrs.frozen
class Answered:
    """The venue's answer to one topic of a request, or to a login.

    Attributes:
        action: `subscribe`, `unsubscribe`, `access` …
        base: topic without speed; empty for a login.
        error: the venue's words, shortened.
        later: the refusal is for the moment only.
        login_needed: the venue does not know (any more) who we are.
    """

    action: str
    base: str
    success: bool
    error: str
    later: bool
    login_needed: bool


def load(data: str | bytes, *, exact: bool) -> dict[str, Any]:
    """The object in one text frame. Raises RemoteProtocolError.

    Args:
        data: as it came; the venue's futures servers send text only.
        exact: for streams that carry money (see `strictjson.loads`).
    """
    if type(data) is not str:
        raise RemoteProtocolError("the venue sent a binary frame")
    frame = strictjson.loads(data, exact=exact)
    if type(frame) is not dict:
        malformed("a frame", "an object")
    return frame


def answered(frame: dict[str, Any]) -> Answered:
    """The answer in a frame with an `action`."""
    action, success = frame["action"], frame.get("success")
    if type(action) is not str or type(success) is not bool:
        malformed("an answer", "made of an action and success")
    error = shorten(frame.get("error"))
    return Answered(
        action=action,
        base=base_of(_topic(frame)),
        success=success,
        error=error,
        later=_LATER in error,
        login_needed=any(words in error for words in _LOGIN_NEEDED),
    )


def _topic(frame: dict[str, Any]) -> str:
    """What was asked for, as the request is repeated; else the group, which may be another one."""
    request = frame.get("request")
    arguments = request.get("args") if type(request) is dict else None
    if type(arguments) is list and len(arguments) == 1 and type(arguments[0]) is str:
        return arguments[0]
    group = frame.get("group", "")
    if type(group) is not str:
        malformed("group", "a text")
    return group
