"""Proving who we are: the two signatures of the venue, nothing else.

Both are hex HMAC-SHA256 with the API secret over `<timestamp ms>#<memo>#<what>`; for the WebSocket
`what` is a fixed suffix, for REST it is the body, byte for byte. Pure: the time comes in.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping

import attrs

from actors.venues.wooxpro.settings import Settings
from engine.errors import ConfigError, Problem

SECRET_NAMES = ("api_key", "api_secret", "memo")


@attrs.frozen
class Credentials:
    """An API key with its secret and memo; none of them appears in any representation."""

    api_key: str = attrs.field(repr=False)
    api_secret: str = attrs.field(repr=False)
    memo: str = attrs.field(repr=False)

    @classmethod
    def of(cls, secrets: Mapping[str, str]) -> "Credentials":
        """From the session's secrets; ConfigError names what is missing."""
        missing = [name for name in SECRET_NAMES if not secrets.get(name)]
        if missing:
            problems = [
                Problem(
                    f"venues.wooxpro.credentials.{name}",
                    "is missing",
                    "the memo is the remark given when the key was made"
                    if name == "memo"
                    else "from the API page of the venue",
                )
                for name in missing
            ]
            raise ConfigError(*problems)
        return cls(*(secrets[name] for name in SECRET_NAMES))

    def scrub(self, text: str) -> str:
        """`text` without any of the credentials; the venue repeats the key's first ten letters."""
        for secret in (self.api_secret, self.api_key, self.api_key[:10], self.memo):
            if len(secret) >= 4:
                text = text.replace(secret, "•••")
        return text


def sign(credentials: Credentials, timestamp_ms: int, what: str) -> str:
    """The venue's signature of `what` at a time."""
    message = f"{timestamp_ms}#{credentials.memo}#{what}"
    return hmac.new(credentials.api_secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def login_frame(settings: Settings, credentials: Credentials, wall_ns: int) -> str:
    """The frame that logs a private stream in; its timestamp is good for 60 s."""
    timestamp_ms = wall_ns // 1_000_000
    signature = sign(credentials, timestamp_ms, settings.sign_suffix)
    arguments = [credentials.api_key, str(timestamp_ms), signature, settings.device]
    return json.dumps({"action": settings.login_action, "args": arguments}, separators=(",", ":"))


def keyed_headers(settings: Settings, credentials: Credentials) -> dict[str, str]:
    """Headers of a private query: the key alone."""
    return {f"{settings.header_prefix}-KEY": credentials.api_key}


def signed_headers(
    settings: Settings, credentials: Credentials, body: str, wall_ns: int
) -> dict[str, str]:
    """Headers of a private command whose body is exactly `body`."""
    timestamp_ms = wall_ns // 1_000_000
    prefix = settings.header_prefix
    return {
        f"{prefix}-KEY": credentials.api_key,
        f"{prefix}-TIMESTAMP": str(timestamp_ms),
        f"{prefix}-SIGN": sign(credentials, timestamp_ms, body),
        "Content-Type": "application/json",
    }
