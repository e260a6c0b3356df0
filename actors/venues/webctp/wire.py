"""The gateway's frames: an envelope of `err`, `info` and `msg` in, `{"op", "data"}` out.

Whether a message comes as a text or a binary frame means nothing and depends on the gateway's version.
Gateways before 2025-11-29 greet with `status` and complain in bare text. What is missing, of another type
or beyond its bound is `RemoteProtocolError`; texts name the field, never the payload. Ids are taken as
they stand, their blanks included, because a cancel has to repeat them so.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import attrs

from engine.errors import LocalProtocolError, RemoteProtocolError
from engine.session.strictjson import loads
from engine.session.values import Object, malformed, obj, shorten

FRAME_BYTES_MAX: Final = 16_384
"""A longer frame makes the gateway cut the connection without a word."""
MESSAGE_BYTES_MAX: Final = 64 * 1024
"""Nothing that the gateway sends is nearly as long; the longest is a row of 500 bytes of settlement."""
MEMO_CHARS_MAX: Final = 12
REF_CHARS_MAX: Final = 12
DELETE_REF: Final = 0
"""Of every cancel: the gateway adds the number to a pointer, and the counter takes repeats."""
ID_CHARS_MAX: Final = 80
MISSING_FROM: Final = 1e300
"""The largest float stands for "none"; nothing real is as large."""
NOTHING_BELOW: Final = 1e-300
"""Memory that was never written looks like a number as small as this: it is zero."""
COUNT_MAX: Final = 10**15
AMOUNT_MAX: Final = 1e15
"""More money than any account holds; below it a float still tells cents."""

LENGTHS_MAX: Final[Mapping[str, int]] = {
    "broker_id": 10,
    "investor_id": 12,
    "user_id": 15,
    "password": 40,
    "app_id": 32,
    "auth_code": 16,
}
"""Bytes of the counter's fields; what is longer it cuts without a word."""

_NUMBER: Final = re.compile(
    r"-?[0-9]{1,30}(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,3})?", re.ASCII
).fullmatch
_TENTH: Final = Decimal("1e-10")


@attrs.frozen
class Greeting:
    """The first message of a connection; `legacy` for the older manner."""

    api_version: str
    server_version: str
    legacy: bool


@attrs.frozen
class Complaint:
    """The gateway did not take a request; nothing in it says which."""

    kind: str
    text: str


@attrs.frozen
class Message:
    """A protocol message. `err` and `info` are empty where the gateway sent null."""

    code: int
    err: Object
    info: Object

    @property
    def error_code(self) -> int:
        """0 unless `err` carries another code: `info` never says whether something failed."""
        code = self.err.get("code", 0)
        return code if type(code) is int else malformed("err.code", "a whole number")

    @property
    def failed(self) -> bool:
        """Whether the operation failed."""
        return self.error_code != 0

    @property
    def error_text(self) -> str:
        """Of the counter, shortened."""
        return shorten(self.err.get("msg", ""))

    @property
    def req_id(self) -> int | None:
        """The number of the request that is answered, where there is one."""
        value = self.info.get("req_id")
        if value is None:
            return None
        return value if type(value) is int else malformed("req_id", "a whole number")

    @property
    def is_last(self) -> bool:
        """Whether an answer ends here."""
        return self.info.get("is_last") is True

    @property
    def is_empty_row(self) -> bool:
        """An answer without a record: there is none."""
        return self.info.keys() <= {"req_id", "is_last"}


Incoming = Greeting | Complaint | Message


def read(data: str | bytes, *, exact: bool, bare_text: bool = False) -> Incoming:
    """One frame, whatever its opcode.

    Args:
        data: the frame.
        exact: numbers with a fraction stay text (orders and accounts), else they become floats.
        bare_text: what is no JSON object is a complaint in the older manner.

    Raises:
        RemoteProtocolError: anything else.
    """
    if bare_text and data[:1] not in ("{", b"{"):
        return _bare(data)
    envelope = obj(loads(data, exact=exact, bytes_max=MESSAGE_BYTES_MAX), "a message")
    if "msg" not in envelope:
        return _legacy_greeting(envelope)
    err, info = _part(envelope, "err"), _part(envelope, "info")
    word = envelope["msg"]
    if type(word) is int:
        return Message(word, err, info)
    if type(word) is not str:
        malformed("msg", "a code or a word")
    if word == "ready":
        return _greeting(info, legacy=False)
    return Complaint(shorten(word, 32), shorten(err.get("msg", "")))


def _part(envelope: Object, name: str) -> Object:
    value = envelope.get(name)
    return {} if value is None else obj(value, name)


def _bare(data: str | bytes) -> Complaint:
    if len(data) > MESSAGE_BYTES_MAX:
        raise RemoteProtocolError(f"a text of {len(data)} bytes; the limit is {MESSAGE_BYTES_MAX}")
    text = data.decode(errors="replace") if isinstance(data, bytes) else data
    return Complaint("text", shorten(text))


def _legacy_greeting(envelope: Object) -> Greeting:
    if envelope.get("status") != "ready":
        malformed("a message", "an envelope with msg")
    inner = envelope.get("info")
    return _greeting(inner if type(inner) is dict else envelope, legacy=True)


def _greeting(source: Object, *, legacy: bool) -> Greeting:
    return Greeting(
        shorten(source.get("ctp_api_version", ""), 64),
        shorten(source.get("server_version", ""), 64),
        legacy,
    )


def request_text(op: str, data: Mapping[str, object]) -> str:
    """A request as it goes out; `data` is always there.

    Raises:
        LocalProtocolError: longer than the gateway takes, or a number that JSON does not have.
    """
    try:
        text = json.dumps({"op": op, "data": dict(data)}, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise LocalProtocolError(f"{op} cannot be written: {error}") from None
    if len(text) >= FRAME_BYTES_MAX:
        raise LocalProtocolError(f"{op} of {len(text)} bytes; the gateway takes {FRAME_BYTES_MAX}")
    return text


def checked_memo(memo: str) -> str:
    """A memo that the gateway survives. Raises LocalProtocolError for another."""
    if len(memo) > MEMO_CHARS_MAX or not memo.isascii() or not memo.isprintable():
        raise LocalProtocolError(f"a memo is ASCII and has at most {MEMO_CHARS_MAX} characters")
    return memo


def checked_ref(ref: str) -> str:
    """An order reference: digits. Raises LocalProtocolError for another."""
    if not 0 < len(ref) <= REF_CHARS_MAX or not (ref.isascii() and ref.isdigit()):
        raise LocalProtocolError(f"a ref is of at most {REF_CHARS_MAX} digits")
    return ref


# --- values -----------------------------------------------------------------------------------------


def text(source: Object, field: str, most: int = ID_CHARS_MAX) -> str:
    """A text as it stands, blanks included; empty where it is missing or null."""
    value = source.get(field)
    if value is None:
        return ""
    if type(value) is not str or len(value) > most:
        malformed(field, f"a text of at most {most} characters")
    return value


def stripped(source: Object, field: str) -> str:
    """The same without the blanks that fill it up."""
    return text(source, field).strip(" ")


def integer(source: Object, field: str) -> int:
    """A whole number of this name."""
    value = source.get(field)
    return value if type(value) is int else malformed(field, "a whole number")


def count(source: Object, field: str) -> int:
    """A number of lots, not negative; what is missing is none."""
    value = source.get(field, 0)
    if type(value) is not int or not 0 <= value <= COUNT_MAX:
        malformed(field, "a number of lots")
    return value


def measure(source: Object, field: str) -> float | None:
    """A price or amount of market data; None for what the counter does not know."""
    value = source.get(field)
    if value is None:
        return None
    if type(value) is int:
        value = float(value)
    if type(value) is not float:
        malformed(field, "a number")
    if abs(value) >= MISSING_FROM:
        return None
    return 0.0 if abs(value) < NOTHING_BELOW else value


def amount(source: Object, field: str) -> Decimal | None:
    """An exact amount (of a message that was read `exact`); None for what the counter does not know."""
    value = source.get(field)
    if value is None:
        return None
    if type(value) is int:
        return Decimal(value)
    if type(value) is not str:
        malformed(field, "a number")
    return _amount(value, field)


def _amount(value: str, field: str) -> Decimal | None:
    """Rounded to the tenth decimal: what is behind is noise of floats."""
    if not _NUMBER(value):
        malformed(field, "a number")
    size = abs(float(value))
    if size >= MISSING_FROM:
        return None
    if size >= AMOUNT_MAX:
        malformed(field, "an amount of money")
    return Decimal(value).quantize(_TENTH).normalize() + 0


def snapped(value: Any, tick: Decimal) -> Decimal:
    """The multiple of the tick that a price with the noise of floats means."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return (exact / tick).quantize(Decimal(1)) * tick
