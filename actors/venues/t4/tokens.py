"""The token for REST: one comes with the login, others are asked for on the same connection. Pure.

A token is used while more than `token_refresh_s` of its life remain. Where the venue gave none, an API
key proves as well who we are.
"""

from typing import Any, Final

from actors.venues.t4 import wire
from actors.venues.t4.proto import auth_pb2
from actors.venues.t4.settings import Settings
from engine.errors import RemoteProtocolError
from engine.session.contract import Now, SendFrame
from engine.session.values import shorten

TOKEN_CHARS_MAX: Final = 8_192
"""Longest token that is believed."""
UNSTATED_LIFE_NS: Final = 600_000_000_000
"""A token whose end is not told is used for so long: no token of any service is shorter."""


class Tokens:
    """The token of one connection.

    Args:
        settings: how early and how patiently a token is replaced.
        api_key: proves who we are where there is no token; empty for a login without one.
    """

    def __init__(self, settings: Settings, api_key: str = "") -> None:
        self._margin_ns = int(settings.token_refresh_s * 1e9)
        self._patience_ns = int(settings.token_timeout_s * 1e9)
        self._api_key = api_key
        self._text = ""
        self._ends_ns = 0
        self._asked = ""
        self._deadline_ns = 0
        self._count = 0

    def lost(self) -> None:
        """The connection is gone. Its token goes with it: the next login brings another."""
        self._text = self._asked = ""

    @property
    def text(self) -> str:
        """The token itself, to be kept out of texts; empty without one."""
        return self._text

    def usable(self, now: Now) -> bool:
        """Whether REST may be called now."""
        return bool(self._api_key) or self._fresh(now)

    def _fresh(self, now: Now) -> bool:
        return bool(self._text) and now.wall_ns + self._margin_ns < self._ends_ns

    def headers(self, now: Now) -> dict[str, str]:
        """What proves to REST who we are; empty where nothing does."""
        if self._fresh(now) or (self._text and not self._api_key):
            return {"Authorization": f"Bearer {self._text}"}
        return {"Authorization": f"APIKey {self._api_key}"} if self._api_key else {}

    @property
    def awaited(self) -> bool:
        """Whether another token was asked for."""
        return bool(self._asked)

    def ask(self, now: Now) -> list[object]:
        """Ask for another token, unless that is under way."""
        if self._asked:
            return []
        self._count += 1
        self._asked = f"token-{self._count}"
        self._deadline_ns = now.mono_ns + self._patience_ns
        request = auth_pb2.AuthenticationTokenRequest(request_id=self._asked)
        sent: SendFrame = wire.frame("authentication_token_request", request)
        return [sent]

    def told(self, message: Any, now: Now) -> str:
        """A token came, with the login or by itself; returns why it cannot be used, mostly nothing.

        Raises:
            RemoteProtocolError: a token or a time that cannot be.
        """
        if message.request_id and message.request_id == self._asked:
            self._asked = ""
        if not message.HasField("token") or not message.token:
            said = shorten(message.fail_message) or "no reason given"
            return f"the venue gave no token: {said}"
        text = message.token
        if len(text) > TOKEN_CHARS_MAX or not (text.isascii() and text.isprintable()):
            raise RemoteProtocolError("the venue gave a token that cannot be one")
        self._ends_ns = wire.stamp_ns(message, "expire_time", now.wall_ns + UNSTATED_LIFE_NS)
        self._text = text
        return ""

    def deadline(self) -> int | None:
        """When the wait for another token ends."""
        return self._deadline_ns if self._asked else None

    def overdue(self, now: Now) -> bool:
        """Whether no token came in time; it may then be asked for again."""
        if not self._asked or now.mono_ns < self._deadline_ns:
            return False
        self._asked = ""
        return True
