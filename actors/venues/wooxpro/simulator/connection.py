"""One WebSocket connection as the venue sees it: frames in, actions out, no I/O and no clock.

The owner (`server.py`, or a test) hands in every frame with the time, carries out the returned
actions in order, tells `sent` and `activity` when bytes moved, and closes the connection when
`next_deadline_ns` has passed and `expired` names a reason. Topics, login and the venue's timing
rules live here; what a subscription delivers does not.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeAlias

import attrs

from actors.venues.wooxpro.simulator.login import Credentials, check_login, login_error
from actors.venues.wooxpro.simulator.topics import Channel, Topic, parse
from engine.simulator import jsontext
from engine.simulator.moment import NS, Moment

TOPIC_BYTES_MAX: Final = 4_096
"""Total length of the topics of one subscribe request [D]."""

PONG: Final = '{"group":"System","data":"pong"}'


@attrs.frozen
class Send:
    """Send this text frame; `ack_of` is the topic whose successful subscription it confirms."""

    text: str
    ack_of: str = ""


@attrs.frozen
class Subscribed:
    """From here on this topic is delivered; its state at once, where the channel has one.

    Comes for a repeated subscription too: that is how a client asks for a new snapshot.
    """

    topic: Topic


@attrs.frozen
class Unsubscribed:
    """From here on this topic is not delivered."""

    topic: Topic


@attrs.frozen
class Requested:
    """Deliver the current value of this topic once."""

    topic: Topic


@attrs.frozen
class LoginTried:
    """A login was answered; `account` is None when it was refused."""

    account: str | None
    api_key: str


Action: TypeAlias = Send | Subscribed | Unsubscribed | Requested | LoginTried


@attrs.frozen(kw_only=True)
class Rules:
    """What a connection must know of the venue, the same object for all connections."""

    symbols: Collection[str]
    credentials: Mapping[str, Credentials]
    sign_suffixes: tuple[str, ...]
    idle_timeout_ns: int = 20 * NS
    lifeless_ns: int = 5 * NS
    lifeless_strict: bool = False


class Connection:
    """Protocol state of one connection.

    Args:
        rules: of the venue.
        opened_ns: monotonic time at which the handshake was done.
    """

    def __init__(self, rules: Rules, opened_ns: int) -> None:
        self._rules = rules
        self._opened_ns = opened_ns
        self._last_ns = opened_ns
        self._alive = False
        self.account: str | None = None
        self.topics: dict[str, Topic] = {}
        self.reject_login: Callable[[], bool] = _never
        """Fault: asked at each login whether it is refused whatever it says."""

    # --- time -----------------------------------------------------------------------------

    def activity(self, now_ns: int) -> None:
        """Bytes of any kind came in (a protocol ping too)."""
        self._last_ns = now_ns
        if not self._rules.lifeless_strict:
            self._alive = True

    def sent(self, now_ns: int) -> None:
        """Bytes went out: data flows, the link is not idle."""
        self._last_ns = now_ns

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `expired` has to be asked again."""
        idle = self._last_ns + self._rules.idle_timeout_ns
        return idle if self._alive else min(idle, self._opened_ns + self._rules.lifeless_ns)

    def expired(self, now_ns: int) -> str:
        """Why the venue closes this connection now, "" when it does not."""
        if not self._alive and now_ns >= self._opened_ns + self._rules.lifeless_ns:
            return "lifeless"
        return "idle" if now_ns >= self._last_ns + self._rules.idle_timeout_ns else ""

    # --- frames ---------------------------------------------------------------------------

    def receive(self, text: str, now: Moment) -> list[Action]:
        """What one text frame of the client makes the venue do, in order."""
        self.activity(now.mono_ns)
        if text == "ping":
            return [Send("pong")]
        request = _folded(text)
        if request is None:
            return [_failure("", "", "Invalid request: not a JSON object")]
        action, arguments = request.get("action"), request.get("args", [])
        if action == "ping":
            return [Send(PONG)]
        if not isinstance(action, str) or not isinstance(arguments, list):
            return [_failure("", "", f"Invalid action [{action}] for group []")]
        return self._dispatch(action, arguments, now)

    def _dispatch(self, action: str, arguments: list[object], now: Moment) -> list[Action]:
        if action in {"access", "login"}:
            self._alive = True
            return self._login(arguments, now)
        groups = [
            item if isinstance(item, str) else jsontext.dumps(str(item)) for item in arguments
        ]
        if action not in {"subscribe", "unsubscribe", "request"}:
            return [_invalid_action(action, group) for group in groups or [""]]
        self._alive = True
        if sum(len(group.encode()) for group in groups) > TOPIC_BYTES_MAX:
            text = f"args length exceeds {TOPIC_BYTES_MAX} bytes"
            return [_failure(action, "", text)]
        handler = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "request": self._request,
        }[action]
        return [answer for group in groups for answer in handler(group)]

    def _login(self, arguments: list[object], now: Moment) -> list[Action]:
        api_key = arguments[0] if arguments and isinstance(arguments[0], str) else ""
        if self.reject_login():
            account, error = None, login_error(api_key)
        else:
            account, error = check_login(
                arguments, self._rules.credentials, self._rules.sign_suffixes, now.wall_ms
            )
        self.account = account or self.account
        answer: dict[str, object] = {"action": "access", "success": account is not None}
        if account is None:
            answer["error"] = error
        return [Send(jsontext.dumps(answer)), LoginTried(account, api_key)]

    def _subscribe(self, group: str) -> list[Action]:
        topic = parse(group, self._rules.symbols)
        if topic is None:
            return [_unknown_group("subscribe", group)]
        if topic.channel.private and self.account is None:
            return [_failure("subscribe", group, f"{group} need authenication")]
        self.topics[group] = topic
        return [Send(_ack("subscribe", group), ack_of=group), Subscribed(topic)]

    def _unsubscribe(self, group: str) -> list[Action]:
        topic = parse(group, self._rules.symbols)
        if topic is None:
            return [_unknown_group("unsubscribe", group)]
        ack = Send(_ack("unsubscribe", group))
        return [ack, Unsubscribed(topic)] if self.topics.pop(group, None) else [ack]

    def _request(self, group: str) -> list[Action]:
        topic = parse(group, self._rules.symbols)
        if topic is None:
            return [_unknown_group("request", group)]
        if topic.channel is not Channel.FUNDING_RATE:
            return [_invalid_action("request", group)]
        return [Requested(topic)]

    def expire_login(self) -> list[Topic]:
        """Fault: the login is forgotten; the private topics that went with it are returned."""
        self.account = None
        gone = [topic for topic in self.topics.values() if topic.channel.private]
        for topic in gone:
            del self.topics[topic.text]
        return gone


def _never() -> bool:
    return False


def _folded(text: str) -> dict[str, Any] | None:
    """The request with lower-case keys (the venue decodes them whatever their case)."""
    try:
        value = jsontext.loads(text)
    except jsontext.NotJson:
        return None
    return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else None


def _request_of(action: str, group: str) -> dict[str, object]:
    return {"action": action, "args": [group]}


def _ack(action: str, group: str) -> str:
    return jsontext.dumps(
        {"action": action, "group": group, "success": True, "request": _request_of(action, group)}
    )


def _failure(action: str, group: str, error: str) -> Send:
    answer = {"action": action, "group": group, "success": False, "error": error}
    return Send(jsontext.dumps(answer))


def _refused(action: str, group: str, error: str) -> Send:
    answer = {
        "action": action,
        "group": group,
        "success": False,
        "request": _request_of(action, group),
        "error": error,
    }
    return Send(jsontext.dumps(answer))


def _unknown_group(action: str, group: str) -> Send:
    return _refused(action, group, f"group [{group}] not exist")


def _invalid_action(action: str, group: str) -> Send:
    return _refused(action, group, f"Invalid action [{action}] for group [{group}]")
