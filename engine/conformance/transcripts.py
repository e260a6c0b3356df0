"""Plays a venue's transcripts against its protocol object (T-040).

A transcript is a text file in the venue's folder, under `transcripts/`: what happens to the protocol,
and right below each happening every effect it must have, in order. Whoever knows the venue can read,
check and extend it without Python.

    # a remark: the rule that is shown
    @ protocol data|trade                which protocol; first line of every transcript. FEED.data
                                         names one of several market data sessions
    @ settings {…}   @ secrets {…}       as in the configuration file; the first ones count
    @ endpoints {…}                      where a simulator would be
    @ wall 1589267764859                 wall clock in ms at time 0
    @ play other.txt                     play that transcript first, in the same session
    @ at 2.5                             time passes to second 2.5; deadlines on the way are called
    @ start | @ prepare | @ opened | @ lost why | @ ping
    @ demand Quote BTCUSDT.WOOXPRO, …    the complete set of topics; empty for none
    @ refresh Book BTCUSDT.WOOXPRO
    ! submit {…}                         a command of the router; left out fields get defaults
    ! submit_list {…}                    orders that belong together, each as for `submit`
    < text     <x hex                    the venue sends a frame
    << 200 body                          the venue answers our oldest open call (<<2: the second oldest)
    << lost why | << not_sent why        the call came to nothing
    > text     >x hex                    we send this frame
    >> GET /path?query   >> POST /path body     we make this call
    >>: Header: value                    … with this header
    = Kind field=value …                 any other effect, with (at least) these values
    ~ RemoteProtocolError                the line above is refused with this error

`<name>` in what we send stands for anything and is remembered; in what the venue sends it is replaced
by what was remembered. A line that ends in a backslash goes on in the next.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import attrs

from engine.errors import EngineError
from engine.messages import market
from engine.messages.codec import encode
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    QueryOrder,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    SubmitOrderList,
)
from engine.session.contract import (
    CallFailure,
    Connect,
    Define,
    Drop,
    GiveUp,
    HttpCall,
    HttpResponse,
    Keep,
    Note,
    Now,
    SendFrame,
    SendPing,
    SetState,
    Topic,
    Withdraw,
)
from engine.session.declaration import Venue
from engine.settings.converter import structure

DEADLINES_MAX = 1_000
"""Deadlines called while time passes once; a protocol with more is stuck in the past."""

_PLACEHOLDER = re.compile(r"<([a-z][a-z0-9_]*)>")
NO_MESSAGES = (
    SendFrame,
    SendPing,
    Connect,
    HttpCall,
    Withdraw,
    SetState,
    Define,
    Drop,
    GiveUp,
    Keep,
    Note,
)
"""Effects for the driver; all others are messages that must be able to travel."""

_COMMAND = {"session_boot": 0, "router_boot": 0}
_COMMANDS: Mapping[str, tuple[type, Mapping[str, object]]] = {
    "submit": (
        SubmitOrder,
        {
            **_COMMAND,
            "expires_mono_ns": 0,
            "mode": "paper",
            "ord_type": "limit",
            "price": None,
            "stop_price": None,
            "time_in_force": "gtc",
            "post_only": False,
            "reduce_only": False,
            "position_quantity": "0",
            "tick_mono_ns": 0,
            "intent_mono_ns": 0,
            "routed_mono_ns": 0,
        },
    ),
    "submit_list": (SubmitOrderList, {**_COMMAND, "expires_mono_ns": 0, "mode": "paper"}),
    "cancel": (CancelOrder, {**_COMMAND, "expires_mono_ns": 0, "venue_order_id": ""}),
    "replace": (
        ReplaceOrder,
        {**_COMMAND, "expires_mono_ns": 0, "mode": "paper", "venue_order_id": "", "price": None},
    ),
    "query": (QueryOrder, {**_COMMAND, "client_order_id": "", "venue_order_id": ""}),
    "cancel_all": (CancelAllOrders, {**_COMMAND, "instrument": ""}),
    "reconcile": (
        ReconcileRequest,
        {**_COMMAND, "request_id": 1, "since_ns": 0, "instruments": []},
    ),
}


class TranscriptError(AssertionError):
    """What happened is not what the transcript says; names file and line."""


@attrs.frozen
class Line:
    """One line: its mark (`@ ! < << > >> >>: = ~`), the rest, and where it stands."""

    mark: str
    rest: str
    where: str


def find(folder: Path) -> list[Path]:
    """All transcripts of the venue in this folder."""
    return sorted(folder.glob("transcripts/*.txt"))


def read(path: Path) -> Iterator[Line]:
    """The lines that mean something."""
    held, first = "", 0
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        text = raw.strip()
        if not held and (not text or text.startswith("#")):
            continue
        first = first if held else number
        if text.endswith("\\"):
            held += text[:-1]
            continue
        whole, held = held + text, ""
        mark, _, rest = whole.partition(" ")
        yield Line(mark, rest.strip(), f"{path.name}:{first}")


def play(path: Path, venue: Venue) -> "Player":
    """Play one transcript from a fresh protocol. Raises TranscriptError at the first difference."""
    player = Player(venue)
    player.play(path)
    return player


class Player:
    """One session under a transcript.

    Attributes:
        venue: whose protocol is played.
        protocol: made by the first thing that happens to it.
        kind: which of its protocols.
    """

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.protocol: Any = None
        self.kind = ""
        self._settings: Mapping[str, object] = {}
        self._secrets: Mapping[str, str] = dict(self.venue.simulator_credentials)
        self._endpoints: Mapping[str, str] = {}
        self._wall_ns = 1_700_000_000_000_000_000
        self._given: set[str] = set()
        self._at_ns = 0
        self._bound: dict[str, str] = {}
        self._effects: list[Any] = []
        self._calls: list[HttpCall] = []
        self._last_call: HttpCall | None = None
        self._error: EngineError | None = None

    def play(self, path: Path) -> None:
        """The lines of this file, in this session."""
        where = path.name
        for line in read(path):
            where = line.where
            try:
                self._line(line, path)
            except TranscriptError:
                raise
            except (EngineError, ValueError, KeyError, TypeError) as error:
                raise TranscriptError(f"{where}: {type(error).__name__}: {error}") from error
        self._settled(where)

    # --- lines --------------------------------------------------------------------------------

    def _line(self, line: Line, path: Path) -> None:
        if line.mark in (">", ">x", ">>", ">>:", "="):
            self._expect(line)
            return
        if line.mark == "~":
            self._expect_error(line)
            return
        self._settled(line.where)
        if line.mark == "@":
            self._direct(line, path)
        elif line.mark == "!":
            self._command(line)
        elif line.mark in ("<", "<x"):
            self._arrive(line)
        elif line.mark.startswith("<<"):
            self._answer(line)
        else:
            raise TranscriptError(f"{line.where}: unknown mark {line.mark!r}")

    def _settled(self, where: str) -> None:
        if self._error is not None:
            raise TranscriptError(f"before {where}: {type(self._error).__name__}: {self._error}")
        if self._effects:
            raise TranscriptError(f"before {where}: not told: {show(self._effects[0])}")

    def _direct(self, line: Line, path: Path) -> None:
        word, _, rest = line.rest.partition(" ")
        if word == "protocol":
            self.kind = self.kind or rest
        elif word in ("settings", "secrets", "endpoints", "wall"):
            self._set(word, json.loads(rest))
        elif word == "play":
            self.play(path.parent / rest)
        elif word == "at":
            self._pass_time(int(float(rest) * 1e9), line)
        elif word in ("start", "prepare", "opened", "ping"):
            self._do(word, self.now())
        elif word == "lost":
            self._do("lost", rest, self.now())
        elif word == "demand":
            self._do("demand", frozenset(map(_topic, filter(None, rest.split(",")))), self.now())
        elif word == "refresh":
            self._do("refresh", _topic(rest), self.now())
        else:
            raise TranscriptError(f"{line.where}: unknown directive {word!r}")

    def _set(self, word: str, value: Any) -> None:
        """The first one counts, so that a transcript may change what the one it plays says."""
        if word in self._given:
            return
        self._given.add(word)
        if word == "wall":
            self._wall_ns = int(value) * 1_000_000
        else:
            setattr(self, f"_{word}", value)

    def _command(self, line: Line) -> None:
        verb, _, rest = line.rest.partition(" ")
        cls, defaults = _COMMANDS[verb]
        given = {**defaults, **json.loads(self._filled(rest or "{}"))}
        if cls is SubmitOrderList:
            usual = _COMMANDS["submit"][1]
            given["orders"] = [{**usual, **order} for order in given["orders"]]
        command: Any = structure(given, cls)
        self._do(verb, command, self.now())

    def _arrive(self, line: Line) -> None:
        data: str | bytes = self._filled(line.rest)
        if line.mark == "<x":
            data = bytes.fromhex(line.rest)
        self._do("received", data, self.now())

    def _answer(self, line: Line) -> None:
        place = int(line.mark[2:] or "1") - 1
        if place >= len(self._calls):
            raise TranscriptError(f"{line.where}: there are {len(self._calls)} open calls")
        call = self._calls.pop(place)
        word, _, rest = self._filled(line.rest).partition(" ")
        if word in ("lost", "not_sent"):
            failure = CallFailure(not_sent=word == "not_sent", reason=rest)
            self._do("failed", call.call_id, failure, self.now())
            return
        response = HttpResponse(int(word), {}, rest.encode())
        self._do("answered", call.call_id, response, self.now())

    # --- the session --------------------------------------------------------------------------

    def now(self) -> Now:
        """This moment of the transcript; monotonic time does not begin at zero."""
        return Now(1_000_000_000 + self._at_ns, self._wall_ns + self._at_ns)

    def _do(self, method: str, *arguments: object) -> None:
        if self.protocol is None:
            self.protocol = self.made()
        self.called(method, arguments)
        try:
            effects = getattr(self.protocol, method)(*arguments)
        except EngineError as error:
            self._error = error
            return
        self._take(effects)

    def called(self, method: str, arguments: tuple[object, ...]) -> None:
        """Told before each call of the protocol; for those who want to know."""

    def _take(self, effects: Any) -> None:
        for effect in effects:
            if not isinstance(effect, NO_MESSAGES):
                encode(effect)  # only what may travel may leave a protocol
            self._effects.append(effect)
            if isinstance(effect, HttpCall):
                self._calls.append(effect)

    def made(self) -> Any:
        """A fresh protocol object as the transcript wants it."""
        settings: Any = structure(self._settings, self.venue.settings)
        if self._endpoints:
            settings = settings.for_simulator(self._endpoints)
        makers = {f"{feed.name}.data".lstrip("."): feed.data for feed in self.venue.data_feeds}
        maker = self.venue.trade if self.kind == "trade" else makers.get(self.kind)
        if maker is None:
            raise TranscriptError(f"{self.venue.name} has no {self.kind or 'unnamed'} protocol")
        return maker(settings, self._secrets)

    def _pass_time(self, at_ns: int, line: Line) -> None:
        for _ in range(DEADLINES_MAX):
            deadline = self.protocol.deadline() if self.protocol else None
            if deadline is None or deadline > 1_000_000_000 + at_ns:
                self._at_ns = at_ns
                return
            self._at_ns = max(self._at_ns, deadline - 1_000_000_000)
            self.called("due", (self.now(),))
            self._take(self.protocol.due(self.now()))
        raise TranscriptError(f"{line.where}: {DEADLINES_MAX} deadlines without an end")

    # --- expectations -------------------------------------------------------------------------

    def _expect_error(self, line: Line) -> None:
        if type(self._error).__name__ != line.rest:
            raise TranscriptError(f"{line.where}: expected {line.rest}, got {self._error!r}")
        self._error = None

    def _expect(self, line: Line) -> None:
        if self._error is not None:
            self._settled(line.where)
        if line.mark == ">>:":
            self._expect_header(line)
            return
        if not self._effects:
            raise TranscriptError(f"{line.where}: nothing more happened")
        effect = self._effects.pop(0)
        if line.mark == "=":
            self._expect_fields(line, effect)
        elif line.mark == ">>":
            self._last_call = effect if isinstance(effect, HttpCall) else None
            self._match(line, _call_text(effect))
        else:
            self._match(line, _frame_text(effect, line.mark))

    def _expect_header(self, line: Line) -> None:
        name, _, wanted = line.rest.partition(":")
        headers = self._last_call.headers if self._last_call else {}
        self._match(attrs.evolve(line, rest=wanted.strip()), headers.get(name, "(no such header)"))

    def _expect_fields(self, line: Line, effect: Any) -> None:
        kind, *pairs = shlex.split(self._filled(line.rest))
        shown = {
            field.name: plain(getattr(effect, field.name)) for field in attrs.fields(type(effect))
        }
        if isinstance(effect, Drop | GiveUp):
            shown["error"] = type(effect.error).__name__
        wanted = dict(pair.split("=", 1) for pair in pairs)
        found = {name: shown.get(name, "(no such field)") for name in wanted}
        if type(effect).__name__ != kind or found != wanted:
            raise TranscriptError(f"{line.where}: expected {line.rest}\n     got {show(effect)}")

    def _match(self, line: Line, text: str) -> None:
        match = re.fullmatch(self._pattern(line.rest), text, re.DOTALL)
        if match is None:
            raise TranscriptError(f"{line.where}: expected {line.rest}\n     got {text}")
        self._bound.update(match.groupdict())

    def _pattern(self, text: str) -> str:
        """A regular expression: bound names stand for their value, new ones for anything."""
        out, end, fresh = "", 0, set()
        for match in _PLACEHOLDER.finditer(text):
            out += re.escape(text[end : match.start()])
            name, end = match[1], match.end()
            if name in self._bound:
                out += re.escape(self._bound[name])
            else:
                out += f"(?P={name})" if name in fresh else f"(?P<{name}>.+?)"
                fresh.add(name)
        return out + re.escape(text[end:])

    def _filled(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: self._bound.get(match[1], match[0]), text)


def _topic(text: str) -> Topic:
    kind, _, instrument = text.strip().partition(" ")
    return Topic(getattr(market, kind), instrument.strip())


def _frame_text(effect: Any, mark: str) -> str:
    if not isinstance(effect, SendFrame):
        return show(effect)
    if mark == ">x":
        return effect.data.hex() if isinstance(effect.data, bytes) else show(effect)
    return effect.data if isinstance(effect.data, str) else show(effect)


def _call_text(effect: Any) -> str:
    if not isinstance(effect, HttpCall):
        return show(effect)
    query = f"?{urlencode(effect.query)}" if effect.query else ""
    body = f" {effect.body.decode()}" if effect.body else ""
    return f"{effect.method} {effect.path}{query}{body}"


def plain(value: object) -> str:
    """A value as transcripts write it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return "[" + ",".join(plain(item) for item in value) + "]"
    if attrs.has(type(value)):
        return _nested(value)
    return str(value)


def _nested(value: Any) -> str:
    """The same inside another value; optional fields at their defaults go without saying."""
    fields = attrs.fields(type(value))
    told = {field.name: getattr(value, field.name) for field in fields}
    said = [f.name for f in fields if f.default is attrs.NOTHING or told[f.name] != f.default]
    return " ".join([type(value).__name__, *(f"{n}={shlex.quote(plain(told[n]))}" for n in said)])


def show(effect: Any) -> str:
    """An effect as a `=` line would name it, all fields told."""
    names = [field.name for field in attrs.fields(type(effect))]
    shown = [f"{name}={shlex.quote(plain(getattr(effect, name)))}" for name in names]
    return " ".join([type(effect).__name__, *shown])
