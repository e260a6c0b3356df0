"""The envelope of the stream: requests out, and what arrived, before its content is looked at.

A request carries command, number and trace; its reply echoes them, with the command one higher. Pushes
carry a command and data only. A request that the venue could not parse is answered with zeros and
an empty trace, so such a reply names nothing that it could be matched by.
"""

import json
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

import attrs

from engine.session import strictjson
from engine.session.values import malformed, obj, shorten, whole

OK: Final = 200
SEQ_ID_MAX: Final = 2**32 - 1
TRACE_CHARS_MAX: Final = 64


class Command(IntEnum):
    """What may be asked on the stream; the reply to each has the next number."""

    HEARTBEAT = 22000
    DEPTH = 22002
    TRADE = 22004
    CANCEL = 22006


TRADE_PUSH: Final = 22998
DEPTH_PUSH: Final = 22999


class CancelType(IntEnum):
    """What a cancel ends."""

    ALL = 0
    DEPTH = 1
    TRADE = 2


@attrs.frozen
class Push:
    """Data of one code. `command` is DEPTH_PUSH or TRADE_PUSH."""

    command: int
    data: Mapping[str, Any]


@attrs.frozen
class Reply:
    """An answer. `command` is the request's, 0 where the venue could not read the request.

    Attributes:
        ret: 200, or the venue's code of refusal.
        words: the venue's text, shortened; not yet free of secrets.
        command: of the request that is answered.
        seq_id: of that request.
    """

    ret: int
    words: str
    command: int
    seq_id: int

    @property
    def is_matched(self) -> bool:
        """Whether the reply names its request at all."""
        return bool(self.command and self.seq_id)


@attrs.frozen
class Unknown:
    """A push of a kind that we do not know."""

    command: int


Frame = Push | Reply | Unknown


def request(command: Command, seq_id: int, trace: str, data: Mapping[str, object]) -> str:
    """One request as it goes out."""
    body = {
        "cmd_id": int(command),
        "seq_id": seq_id,
        "trace": trace[:TRACE_CHARS_MAX],
        "data": data,
    }
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True)


def load(data: str | bytes) -> Frame:
    """What one frame holds.

    Raises:
        RemoteProtocolError: not JSON, not an object, or neither push nor reply.
    """
    frame = obj(strictjson.loads(data, exact=False), "a frame")
    command = frame.get("cmd_id")
    if command in (DEPTH_PUSH, TRADE_PUSH) and type(command) is int:
        return Push(command, obj(frame.get("data"), "data"))
    return _other(frame)


def _other(frame: Mapping[str, Any]) -> Frame:
    command = whole(frame.get("cmd_id", 0), "cmd_id")
    if "ret" in frame:
        return Reply(
            ret=whole(frame["ret"], "ret"),
            words=shorten(frame.get("msg")),
            command=max(0, command - 1),
            seq_id=whole(frame.get("seq_id", 0), "seq_id"),
        )
    if command in (DEPTH_PUSH, TRADE_PUSH):
        return Push(command, obj(frame.get("data"), "data"))
    if not command:
        malformed("a frame", "a push or a reply")
    return Unknown(command)
