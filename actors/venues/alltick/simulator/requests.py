"""What clients send, decoded and checked: the envelope, then what each command carries.

Two failures exist: a bad *header* (no JSON object, a field of the envelope missing or of the wrong
kind, an unknown command) cannot be answered to anyone in particular and gets zeros; bad *data* is
answered with the request's own numbers. Fields that nobody knows are never looked at.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

import attrs

from actors.venues.alltick.simulator import errors, jsontext
from actors.venues.alltick.simulator.errors import Refusal
from engine.simulator.jsontext import NotJson

UINT32_MAX: Final = (1 << 32) - 1
TRACE_CHARS_MAX: Final = 64


class Command(IntEnum):
    """Requests of the WebSocket; the answer's number is one higher."""

    HEARTBEAT = 22000
    DEPTH = 22002
    TRADE = 22004
    CANCEL = 22006


class Cancel(IntEnum):
    """What a cancel names; exchange rates cannot be subscribed, their cancel does nothing."""

    ALL = 0
    DEPTH = 1
    TRADE = 2
    EXCHANGE_RATE = 3


COMMANDS: Final = frozenset(int(each) for each in Command)
CANCELS: Final = frozenset(int(each) for each in Cancel)


class HeaderInvalid(Refusal):
    """The envelope is not acceptable."""

    def __init__(self) -> None:
        super().__init__(errors.HEADER_INVALID)


@attrs.frozen
class Envelope:
    """A request whose envelope is right."""

    command: Command
    seq_id: int
    trace: str
    data: Any


@attrs.frozen
class Wanted:
    """One element of `symbol_list`; the level is None where none was named."""

    code: str
    depth_level: int | None = None


def envelope(message: str | bytes, *, strict_heartbeats: bool = False) -> Envelope:
    """Decode one frame, text or binary.

    Heartbeats may lack `trace` and `data`, and their data may be anything (published examples send
    `[]` and a null list), unless they are to be strict.

    Raises:
        HeaderInvalid: see the module.
    """
    request = _object(message)
    number, seq_id = _uint32(request.get("cmd_id")), _uint32(request.get("seq_id"))
    if number is None or number not in COMMANDS or seq_id is None:
        raise HeaderInvalid
    command = Command(number)
    lenient = command is Command.HEARTBEAT and not strict_heartbeats
    trace, data = _trace(request.get("trace")), request.get("data")
    if lenient:
        return Envelope(command, seq_id, trace or "", {})
    if trace is None or not isinstance(data, dict):
        raise HeaderInvalid
    return Envelope(command, seq_id, trace, data)


def _object(message: str | bytes) -> dict[str, Any]:
    try:
        value = jsontext.loads(message)
    except NotJson:
        raise HeaderInvalid from None
    if not isinstance(value, dict):
        raise HeaderInvalid
    return value


def _trace(value: object) -> str | None:
    """The trace, None for anything that is none."""
    return value if isinstance(value, str) and len(value) <= TRACE_CHARS_MAX else None


def _uint32(value: object) -> int | None:
    """The number, None for anything else (a bool is none)."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= UINT32_MAX else None


def wanted(data: Mapping[str, Any], *, with_depth: bool) -> list[Wanted]:
    """The codes of a subscription in their order, each once; the last word on a level counts.

    Raises:
        Refusal: the list is missing, empty, or an element is not what it should be.
    """
    found: dict[str, Wanted] = {}
    for code, item in _codes(data):
        level = item.get("depth_level") if with_depth else None
        if level is not None and _uint32(level) is None:
            raise Refusal(errors.DATA_INVALID)
        found[code] = Wanted(code, level or None)
    return list(found.values())


def codes(data: Mapping[str, Any]) -> list[str]:
    """The codes of an HTTP `symbol_list`, each once.

    Raises:
        Refusal: as `wanted`.
    """
    return list(dict.fromkeys(code for code, _ in _codes(data)))


def _codes(data: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    items = data.get("symbol_list")
    if not isinstance(items, list) or not items:
        raise Refusal(errors.DATA_INVALID)
    found = []
    for item in items:
        code = item.get("code") if isinstance(item, dict) else None
        if not isinstance(code, str) or not code:
            raise Refusal(errors.DATA_INVALID)
        found.append((code, item))
    return found


def cancel(data: Mapping[str, Any]) -> Cancel:
    """What is to be cancelled.

    Raises:
        Refusal: it is missing or unknown.
    """
    kind = _uint32(data.get("cancel_type"))
    if kind is None or kind not in CANCELS:
        raise Refusal(errors.DATA_INVALID)
    return Cancel(kind)
