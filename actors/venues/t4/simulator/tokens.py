"""Authentication tokens: signed JSON web tokens that open REST for a while; pure, time handed in."""

import base64
import hashlib
import hmac
from typing import Final

import attrs

from engine.simulator.jsontext import NotJson, dumps, loads
from engine.simulator.moment import Moment

_HEADER: Final = {"alg": "HS256", "typ": "JWT"}


@attrs.frozen
class Token:
    """A token as it was handed out; `expires_s` is Unix time."""

    text: str
    expires_s: int


@attrs.frozen
class Bearer:
    """Whom a token speaks for, and the price format that is bound to it."""

    user_id: str
    price_format: int


class Tokens:
    """Makes and reads the tokens of one simulator.

    Args:
        life_s: of a token.
        secret: what they are signed with.
    """

    def __init__(self, life_s: float, secret: str) -> None:
        self._life_s = life_s
        self._secret = secret.encode()
        self._valid_from = 0

    def issue(self, user_id: str, price_format: int, now: Moment) -> Token:
        """A new token."""
        expires_s = int(now.wall_s + self._life_s)
        claims = {
            "sub": user_id,
            "priceFormat": price_format,
            "iat": now.wall_s,
            "exp": expires_s,
            "gen": self._valid_from,
        }
        signed = f"{_encoded(dumps(_HEADER))}.{_encoded(dumps(claims))}"
        return Token(f"{signed}.{self._signature(signed)}", expires_s)

    def read(self, text: str, now: Moment) -> Bearer | None:
        """Whom a token speaks for; None when it is not ours, or not any more."""
        signed, _, signature = text.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            return None
        try:
            claims = loads(_decoded(signed.partition(".")[2]))
        except (NotJson, ValueError):
            return None
        if claims["exp"] <= now.wall_s or claims["gen"] < self._valid_from:
            return None
        return Bearer(claims["sub"], claims["priceFormat"])

    def expire(self) -> None:
        """All that were handed out so far are worth nothing."""
        self._valid_from += 1

    def _signature(self, signed: str) -> str:
        return _encoded(hmac.digest(self._secret, signed.encode(), hashlib.sha256))


def _encoded(data: str | bytes) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
