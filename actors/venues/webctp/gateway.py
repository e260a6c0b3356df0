"""One connection to the gateway, the same for both sessions: frames, codes, turns and steps together.

It returns effects, which the owner passes on, mixed with events that are meant for the owner: `LoggedIn`,
`InService`, `FrontLost` (`steps`), `Row` and `Ended` (`turns`) of the owner's own requests, and `Arrived` for
what the counter says by itself.
"""

from typing import Final

import attrs

from actors.venues.webctp.codes import Codes, Endpoint, Generation, Kind
from actors.venues.webctp.credentials import Credentials
from actors.venues.webctp.errors import NOT_LOGIN_YET
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.stages import Stage
from actors.venues.webctp.steps import FrontLost, LoggedIn, Step, Steps, Taken
from actors.venues.webctp.turns import Ended, Happening, Outcome, Request, Row, Turns
from actors.venues.webctp.wire import Complaint, Greeting, Message, read
from engine.errors import ConnectionLost, RemoteProtocolError
from engine.model.enums import VenueStateWord
from engine.session.contract import Drop, Note, Now, SendPing, SetState, Target

NOTES_MAX: Final = 20
"""Notes about strange messages of one connection; more would only fill the log."""


@attrs.frozen
class Arrived:
    """The counter said something that answers no request."""

    kind: Kind
    message: Message


class Gateway:
    """The common half of both sessions.

    Args:
        settings: addresses and patience.
        endpoint: which of the two sockets.
        credentials: for the steps of the login.
    """

    def __init__(self, settings: Settings, endpoint: Endpoint, credentials: Credentials) -> None:
        self.codes = Codes(endpoint)
        self.turns = Turns(settings)
        self.steps = Steps(settings, endpoint, credentials)
        self.greeting: Greeting | None = None
        self._settings = settings
        self._endpoint = endpoint
        self._exact = endpoint is Endpoint.TRADE
        self._notes = 0

    @property
    def in_service(self) -> bool:
        """Whether requests may be made."""
        return self.steps.stage is Stage.IN_SERVICE

    def refusal(self) -> str:
        """Why no order may be sent now; empty when one may."""
        if not self.in_service:
            return f"the connection is {self.steps.stage}"
        return self.codes.refusal(document_accepted=self._settings.document_codes_accepted)

    def target(self) -> Target:
        """Where to connect. The settings have seen to it that plain text is accepted."""
        return Target(self._settings.url(self._endpoint), plain_accepted=True)

    # --- the connection -----------------------------------------------------------------------

    def opened(self, now: Now) -> list[object]:
        """The socket is open: wait for the greeting."""
        self.codes.restart()
        self.greeting = None
        self._notes = 0
        self.steps.opened(now)
        return [SetState(VenueStateWord.LOGGING_IN)]

    def lost(self, reason: str, now: Now) -> list[object]:
        """The socket is gone: `Ended` of every request of the owner."""
        del now
        self.steps.lost()
        return self._own(self.turns.lost(reason))

    def unsent(self, order: str, now: Now) -> list[object]:
        """No byte of the frame with this order left."""
        del now
        return self._own(self.turns.unsent(order))

    def ping(self, now: Now) -> list[object]:
        """The gateway pings late; we do it ourselves."""
        return [SendPing(str(now.mono_ns).encode())]

    def ask(self, request: Request, now: Now) -> list[object]:
        """Have a request made; `Ended` tells how it ended, in every case."""
        if not self.in_service:
            reason = f"the connection is {self.steps.stage}"
            return [Ended(request, Outcome.NOT_SENT, text=reason)]
        return self._turned(self.turns.push(request, now), now)

    # --- what arrives -------------------------------------------------------------------------

    def received(self, data: str | bytes, now: Now) -> list[object]:
        """One frame.

        Raises:
            RemoteProtocolError: what the gateway's protocol does not allow.
        """
        legacy = self.greeting is not None and self.greeting.legacy
        incoming = read(data, exact=self._exact, bare_text=legacy)
        if isinstance(incoming, Message):
            if self.greeting is None:
                raise RemoteProtocolError("the venue sent a message before its greeting")
            return self._message(incoming, now)
        if isinstance(incoming, Complaint):
            return self._turned(self.turns.complained(incoming, now), now)
        if self.greeting is not None:
            raise RemoteProtocolError("the venue greeted twice")
        self.greeting = incoming
        self.turns.opened()
        return self._taken(self.steps.greeted(now), now)

    def _message(self, message: Message, now: Now) -> list[object]:
        before = self.codes.generation
        kind = self.codes.read(message)
        notes = self._doubts(before)
        if kind is None:
            return [*notes, *self._note("message_unknown", f"code {message.code}")]
        return [*notes, *self._of_kind(kind, message, now)]

    def _doubts(self, before: Generation) -> list[object]:
        after = self.codes.generation
        if after is before:
            return []
        if after is Generation.DOUBTED:
            return [Note("message_codes_doubted", f"{self.codes.doubt}; no orders", alert=True)]
        alert = after is Generation.DOCUMENT
        return [Note("message_codes_proven", f"the gateway's table is {after}", alert=alert)]

    def _note(self, event: str, detail: str) -> list[object]:
        self._notes += 1
        return [Note(event, detail)] if self._notes <= NOTES_MAX else []

    def _of_kind(self, kind: Kind, message: Message, now: Now) -> list[object]:
        if kind is Kind.PERFORMED:
            return self._turned(self.turns.performed(message, now), now)
        if kind is Kind.CONNECTED:
            return self._taken(self.steps.connected(), now)
        if kind is Kind.DISCONNECTED:
            return self._taken(self.steps.disconnected(message, now), now)
        told = self.turns.answered(kind, message, now)
        if told is not None:
            return self._turned(told, now)
        if kind is Kind.ERROR:
            return self._note("error_unattributed", f"{message.error_code} {message.error_text}")
        return [Arrived(kind, message)]

    # --- what it leads to ---------------------------------------------------------------------

    def _turned(self, told: list[Happening], now: Now) -> list[object]:
        out: list[object] = []
        for item in told:
            mine = isinstance(item, Row | Ended) and isinstance(item.request.tag, Step)
            if mine and isinstance(item, Row):
                self.steps.row(item)
            elif mine and isinstance(item, Ended):
                out += self._taken(self.steps.ended(item, now), now)
            else:
                out.append(item)
        if any(map(_forgets_login, out)):
            # It stays so until we log in anew, which this front lets us do on a new connection only.
            out.append(Drop(ConnectionLost("the venue knows our login no more")))
        return out

    def _own(self, told: list[Happening]) -> list[object]:
        """Without what is told of the login's steps: they are void."""
        return [
            item
            for item in told
            if not (isinstance(item, Row | Ended) and isinstance(item.request.tag, Step))
        ]

    def _taken(self, taken: list[Taken], now: Now) -> list[object]:
        out: list[object] = []
        for item in taken:
            if isinstance(item, Request):
                out += self._turned(self.turns.push(item, now), now)
                continue
            if isinstance(item, LoggedIn):
                pause_ns = int(self._settings.login_pause_s * 1e9)
                self.turns.hold_queries(now.mono_ns + pause_ns)
            out.append(item)
            if isinstance(item, FrontLost):
                out += self._own(self.turns.front_lost(item.reason))
                out.append(SetState(VenueStateWord.CONNECTING, item.reason))
        return out

    # --- time ---------------------------------------------------------------------------------

    def deadline(self) -> int | None:
        """The next of the steps' and the turns'."""
        times = (self.steps.deadline(), self.turns.deadline())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> list[object]:
        """Whatever is due."""
        return [*self._taken(self.steps.due(now), now), *self._turned(self.turns.due(now), now)]


def _forgets_login(item: object) -> bool:
    """Whether the counter refused a request because nobody is logged in, although we were."""
    return (
        isinstance(item, Ended)
        and item.outcome is Outcome.REFUSED
        and not item.complaint
        and item.code == NOT_LOGIN_YET
    )
