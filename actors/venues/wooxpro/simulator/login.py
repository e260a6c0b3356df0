"""Who may come in: the HMAC rules of WebSocket login and of signed REST requests.

Message signed: `<timestamp ms>#<memo>#<suffix>`, HMAC-SHA256 with the API secret, lower-case hex.
The suffix is a fixed word on WebSocket (which one the live venue wants is unproven, so a list is
accepted) and the raw body on REST. The timestamp may be off by a minute in either direction.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

TIMESTAMP_WINDOW_MS: Final = 60_000
KEY_SHOWN_CHARS: Final = 10


@attrs.frozen(kw_only=True)
class Credentials:
    """One API key; `memo` is the note given when it was made."""

    api_key: str
    api_secret: str = attrs.field(repr=False)
    memo: str


def signature(secret: str, timestamp: str, memo: str, suffix: str) -> str:
    """The signature the venue expects."""
    message = f"{timestamp}#{memo}#{suffix}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare in constant time; never raises for text that is not ASCII."""
    return hmac.compare_digest(left.encode(), right.encode())


def in_window(timestamp: str, wall_ms: int) -> bool:
    """Whether the timestamp is a number of ms within a minute of now, in either direction."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 16):
        return False
    return abs(int(timestamp) - wall_ms) <= TIMESTAMP_WINDOW_MS


def login_error(api_key: str) -> str:
    """The venue's text for a refused login, with the key masked."""
    masked = f"{api_key[:KEY_SHOWN_CHARS]}****"
    return f"access failed: openapi auth: apiKey {masked} failed: openapi auth failed"


def check_login(
    arguments: Iterable[object],
    known: Mapping[str, Credentials],
    suffixes: Iterable[str],
    wall_ms: int,
) -> tuple[str | None, str]:
    """The API key that logged in and "", or None and the venue's error text.

    `arguments` are those of the frame: key, timestamp, sign, device.
    """
    texts = [item if isinstance(item, str) else "" for item in arguments]
    api_key, timestamp, sign = (*texts, "", "", "")[:3]
    credentials = known.get(api_key)
    if credentials is None or not in_window(timestamp, wall_ms):
        return None, login_error(api_key)
    for suffix in suffixes:
        if same(sign, signature(credentials.api_secret, timestamp, credentials.memo, suffix)):
            return api_key, ""
    return None, login_error(api_key)
