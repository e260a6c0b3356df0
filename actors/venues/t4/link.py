"""One connection to the venue: login, heartbeats, tokens, and why it ends.

Whatever market data and orders have in common. It returns effects, mixed with two events that are meant
for the owner: `LoggedIn` and `Heard`. The table of its life stands in `stages`, what login results mean
in `results`.
"""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from actors.venues.t4 import wire
from actors.venues.t4.closing import final_close
from actors.venues.t4.credentials import Credentials
from actors.venues.t4.prices import NUMBERS
from actors.venues.t4.proto import auth_pb2, enums_pb2, service_pb2
from actors.venues.t4.results import Rule, Verdict, error_of, name_of, rule_of
from actors.venues.t4.settings import Settings
from actors.venues.t4.stages import Input, Stage, step
from actors.venues.t4.tokens import Tokens
from engine.errors import LocalProtocolError, PeerSilent, PermissionMissing
from engine.model.enums import VenueStateWord
from engine.session.contract import Drop, GiveUp, Note, Now, SendFrame, SetState, Target
from engine.session.values import shorten

DISPLACED_MAX: Final = 2
DISPLACED_WITHIN_NS: Final = 600_000_000_000
"""Times within ten minutes that another login may take our place before we stop fighting it."""


@attrs.frozen
class LoggedIn:
    """The venue takes requests; nothing is subscribed yet. `response` is a `LoginResponse`."""

    response: Any


@attrs.frozen
class Heard:
    """The venue said something: the name of the oneof's field in `ServerMessage`, and its payload."""

    kind: str
    message: Any


class Link:
    """The connection, as far as it is neither market data nor orders.

    Args:
        settings: kind of login, price format and patience.
        secrets: raises ConfigError for missing ones.
        displaced_max: times that another login may take our place before we give up.
        bytes_max: longest message that is taken in.
    """

    def __init__(
        self,
        settings: Settings,
        secrets: Mapping[str, str],
        *,
        displaced_max: int = DISPLACED_MAX,
        bytes_max: int = wire.MESSAGE_BYTES_MAX,
    ) -> None:
        self.stage = Stage.CLOSED
        self._settings = settings
        self._credentials = Credentials.of(secrets, settings.login)
        self.tokens = Tokens(settings, self._credentials.api_key)
        self._login_ns: int | None = None
        self._beat_ns: int | None = None
        self._displaced_max = displaced_max
        self._bytes_max = bytes_max
        self._displaced: list[int] = []
        self._broken: list[int] = []

    @property
    def in_service(self) -> bool:
        """Whether requests may be made."""
        return self.stage is Stage.IN_SERVICE

    def target(self) -> Target:
        """Where to connect."""
        return Target(self._settings.ws_url, message_bytes_max=self._bytes_max)

    def send(self, kind: str, message: Any, order: str = "") -> SendFrame:
        """A request as an effect; `order` names the client order id it carries, if any.

        Raises:
            LocalProtocolError: not logged in.
        """
        if not self.in_service:
            raise LocalProtocolError(f"{kind} before the login")
        return wire.frame(kind, message, order)

    # --- the connection ---------------------------------------------------------------------------

    def opened(self, now: Now) -> list[object]:
        """Log in at once."""
        self.stage = step(self.stage, Input.OPENED)
        self._login_ns = now.mono_ns + int(self._settings.login_timeout_s * 1e9)
        self._plan_beat(now)
        request = auth_pb2.LoginRequest(
            **self._credentials.fields(), price_format=NUMBERS[self._settings.price_format]
        )
        return [SetState(VenueStateWord.LOGGING_IN), wire.frame("login_request", request)]

    def lost(self, reason: str, now: Now) -> list[object]:
        """The connection is gone; some ways of ending are final."""
        self.stage = step(self.stage, Input.LOST)
        self._login_ns = self._beat_ns = None
        self.tokens.lost()
        error = final_close(reason, self._broken, now)
        return [] if error is None else [GiveUp(error)]

    def received(self, data: str | bytes, now: Now) -> list[object]:
        """One message.

        Raises:
            RemoteProtocolError: bytes that are no message, or a message that may not come now.
        """
        kind, message = wire.decode(data, self._bytes_max)
        if kind == "heartbeat" or not kind:
            return []
        if kind == "login_response":
            return self._login_answered(message, now)
        self.stage = step(self.stage, Input.TALKED)
        if self.stage is Stage.LEAVING:
            return []
        if kind == "authentication_token":
            return [*self._token_told(message, now), Heard(kind, message)]
        return [Heard(kind, message)]

    # --- login ------------------------------------------------------------------------------------

    def _login_answered(self, response: Any, now: Now) -> list[object]:
        if response.result == enums_pb2.LOGIN_RESULT_SUCCESS:
            return self._granted(response, now)
        mid_session = self.stage is Stage.IN_SERVICE
        self.stage = step(self.stage, Input.REFUSED)
        self._login_ns = self._beat_ns = None
        rule = rule_of(response.result)
        said = shorten(self._credentials.scrub(response.error_message))
        what = "the venue ended the session" if mid_session else "login refused"
        text = f"{what}: {name_of(response.result)}, {rule.text}"
        return self._refused(rule, f"{text} ({said})" if said else text, now)

    def _granted(self, response: Any, now: Now) -> list[object]:
        if self.stage is Stage.IN_SERVICE:
            return []  # told once more, which changes nothing
        self.stage = step(self.stage, Input.GRANTED)
        if self.stage is Stage.LEAVING:
            return []
        self._login_ns = None
        effects: list[object] = []
        if response.HasField("authentication_token"):
            effects += self._token_told(response.authentication_token, now)
        return [*effects, LoggedIn(response)]

    def _refused(self, rule: Rule, text: str, now: Now) -> list[object]:
        error = error_of(rule, text)
        if rule.verdict is Verdict.DISPLACED:
            since_ns = now.mono_ns - DISPLACED_WITHIN_NS
            self._displaced = [at_ns for at_ns in self._displaced if at_ns > since_ns]
            self._displaced.append(now.mono_ns)
            if len(self._displaced) >= self._displaced_max:
                self._displaced.clear()
                return [GiveUp(PermissionMissing(f"{text}; stop one of the two programs"))]
            return [Note("login_displaced", text, alert=True), Drop(error)]
        if rule.verdict is Verdict.LATER:
            return [Note("login_refused", text), Drop(error)]
        return [GiveUp(error)]

    def _token_told(self, message: Any, now: Now) -> list[object]:
        trouble = self.tokens.told(message, now)
        return [Note("token_refused", self._credentials.scrub(trouble))] if trouble else []

    def scrub(self, text: str) -> str:
        """A text of the venue without our credentials and token."""
        return self._credentials.scrub(text, self.tokens.text)

    # --- time -------------------------------------------------------------------------------------

    def ping(self, now: Now) -> list[object]:
        """A heartbeat; the venue takes any message for a sign of life, and takes this before a login."""
        if self.stage not in (Stage.IN_SERVICE, Stage.LOGIN_SENT):
            return []
        self._plan_beat(now)
        return [wire.frame("heartbeat", service_pb2.Heartbeat(timestamp=now.wall_ns // 1_000_000))]

    def deadline(self) -> int | None:
        """When the answer to the login is overdue, a heartbeat due, or a token late."""
        times = (self._login_ns, self._beat_ns, self.tokens.deadline())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> list[object]:
        """Whatever of that is due."""
        if self._login_ns is not None and now.mono_ns >= self._login_ns:
            self.stage = step(self.stage, Input.UNANSWERED)
            self._login_ns = self._beat_ns = None
            limit_s = self._settings.login_timeout_s
            return [Drop(PeerSilent(f"no answer to the login in {limit_s:g} s"))]
        effects: list[object] = []
        if self.tokens.overdue(now):
            effects.append(Note("token_refused", "the venue gave no token in time"))
        if self._beat_ns is not None and now.mono_ns >= self._beat_ns:
            effects += self.ping(now)
        return effects

    def _plan_beat(self, now: Now) -> None:
        self._beat_ns = now.mono_ns + int(self._settings.heartbeat_interval_s * 1e9)
