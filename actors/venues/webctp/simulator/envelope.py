"""Text on the wire: the envelope as the gateway prints it, requests as it reads them.

Its own JSON, shared with nobody who talks to it: keys sorted, compact, raw UTF-8, a double always
with a fraction or an exponent. What the C++ library would refuse to parse is refused here too.
"""

import json
from typing import Any, Final, NoReturn

DBL_MAX: Final = 1.7976931348623157e308
"""How CTP says that there is no number."""

_encoder: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


class NotJson(ValueError):
    """Not a JSON text."""


def envelope(message: int | str, err: object, info: object) -> str:
    """One message to a client."""
    return _encoder.encode({"err": err, "info": info, "msg": message})


def greeting(*, old: bool) -> str:
    """What a client hears first."""
    facts = {
        "ctp_api_version": "v6.7.11_20250617 16:22:00.10369",
        "server_version": "0.0.1",
    }
    return _encoder.encode({"status": "ready", **facts}) if old else envelope("ready", None, facts)


def problem(kind: str, text: str, *, old: bool) -> str:
    """What a client hears of a request that the gateway does not pass on."""
    return text if old else envelope(kind, {"msg": text}, None)


def parse(frame: str | bytes) -> Any:
    """The value of one frame. NotJson for everything that has none."""
    try:
        text = frame.decode() if isinstance(frame, bytes | bytearray) else frame
        value = json.loads(text, parse_constant=_refuse)
        if "\\u" in text:  # half a surrogate pair is no character
            _encoder.encode(value).encode()
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error
    return value


def _refuse(text: str) -> NoReturn:
    raise NotJson(f"{text} is not JSON")


def cut(text: str, bytes_max: int) -> tuple[str, bool]:
    """A text as it fits CTP's field, and whether that went through the middle of a character."""
    data = text.encode()
    if len(data) <= bytes_max:
        return text, False
    data = data[:bytes_max]
    whole = data.decode("utf-8", "ignore")
    return whole, len(whole.encode()) != bytes_max
