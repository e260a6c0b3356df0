"""Proving who we are to the HTTP API: three credentials, one signature. Pure: the time comes in."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import attrs

from engine.errors import ConfigError, Problem
from engine.session.masking import SECRET_CHARS_MIN, Mask

SECRET_NAMES: Final = ("app_key", "app_secret", "access_token")

_SIGNED_HEADERS: Final = "authorization;x-api-key;x-timestamp"
_ALGORITHM: Final = "HMAC-SHA256"


@attrs.frozen
class Credentials:
    """Key, secret and token of an application; none of them appears in any representation.

    A paper account has key and secret of the live one and another token.
    """

    app_key: str = attrs.field(repr=False)
    app_secret: str = attrs.field(repr=False)
    access_token: str = attrs.field(repr=False)

    @classmethod
    def of(cls, secrets: Mapping[str, str]) -> "Credentials":
        """From the session's secrets; ConfigError names what is missing."""
        missing = [name for name in SECRET_NAMES if not secrets.get(name)]
        if missing:
            hint = "from the developer page of the account"
            raise ConfigError(
                *(
                    Problem(f"venues.longbridge.credentials.{name}", "is missing", hint)
                    for name in missing
                )
            )
        return cls(*(secrets[name] for name in SECRET_NAMES))

    def scrub(self, text: str) -> str:
        """`text` without any of the credentials; none of it where only a part of one stands there.

        Tokens are longer than the lines that are kept of the venue's words.
        """
        secrets = (self.app_secret, self.access_token, self.app_key)
        for secret in secrets:
            if len(secret) >= SECRET_CHARS_MIN:
                text = text.replace(secret, "•••")
        return Mask(*secrets).clean(text)


def sign(
    credentials: Credentials,
    method: str,
    path: str,
    *,
    query: str = "",
    body: bytes = b"",
    timestamp: str,
) -> str:
    """The signature in hex.

    Args:
        credentials: whose.
        method: in capitals.
        path: the whole path of the URL, a prefix in the base URL included.
        query: exactly as sent, without question mark.
        body: exactly as sent.
        timestamp: exactly as sent.
    """
    headers = (
        f"authorization:{credentials.access_token}\n"
        f"x-api-key:{credentials.app_key}\n"
        f"x-timestamp:{timestamp}\n"
    )
    plain = f"{method}|{path}|{query}|{headers}|{_SIGNED_HEADERS}|"
    if body:
        plain += hashlib.sha1(body, usedforsecurity=False).hexdigest()
    digest = hashlib.sha1(plain.encode(), usedforsecurity=False).hexdigest()
    text = f"{_ALGORITHM}|{digest}"
    return hmac.new(credentials.app_secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_headers(
    credentials: Credentials,
    method: str,
    path: str,
    *,
    query: str = "",
    body: bytes = b"",
    language: str = "en",
    wall_ns: int,
) -> dict[str, str]:
    """The headers of a signed request made at this time; the venue reads whole seconds."""
    timestamp = str(wall_ns // 1_000_000_000)
    signature = sign(credentials, method, path, query=query, body=body, timestamp=timestamp)
    return {
        "X-Api-Key": credentials.app_key,
        "Authorization": credentials.access_token,
        "X-Timestamp": timestamp,
        "X-Api-Signature": f"{_ALGORITHM} SignedHeaders={_SIGNED_HEADERS}, Signature={signature}",
        "Content-Type": "application/json; charset=utf-8",
        "Accept-Language": language,
    }
