"""Longbridge's quote session without a venue: a protocol that is logged in, and what it says in words."""

import json
from collections.abc import Iterable
from typing import Any

from actors.venues.longbridge import VENUE
from actors.venues.longbridge.bodies import parse
from actors.venues.longbridge.packets import HANDSHAKE, Kind, Packet, decode, encode
from actors.venues.longbridge.proto import control_pb2, quote_pb2
from actors.venues.longbridge.public import QuoteProtocol
from actors.venues.longbridge.settings import Settings
from engine.session.contract import HttpResponse, Now, SendFrame, Topic

WALL_S = 1_795_139_022
"""2026-11-20 09:43:42 in Hong Kong, a Friday."""
TENCENT = "700.HK"
QUIET_S = 1.4
STEPS_MAX = 5_000
OTP = json.dumps(
    {"code": 0, "message": "", "data": {"otp": "o", "limit": 10, "online": 0}}
).encode()


def at(second: float) -> Now:
    """A moment of the test."""
    return Now(int(1e9 + second * 1e9), int((WALL_S + second) * 1e9))


def frames(effects: Iterable[object]) -> list[Packet]:
    """The packets that are sent."""
    sent = [e.data for e in effects if isinstance(e, SendFrame) and e.data != HANDSHAKE]
    return [decode(data) for data in sent]


def response(request: Packet, message: Any = None, status: int = 0) -> bytes:
    """The answer to a request."""
    body = b"" if message is None else message.SerializeToString()
    return encode(
        Packet(
            kind=Kind.RESPONSE,
            command=request.command,
            request_id=request.request_id,
            status=status,
            body=body,
        )
    )


def push(command: int, message: Any) -> bytes:
    """A push."""
    return encode(Packet(kind=Kind.PUSH, command=command, body=message.SerializeToString()))


def refusal(code: int, status: int = 7) -> tuple[Any, int]:
    """Message and status of a refusal."""
    return control_pb2.Error(code=code, msg="no"), status


def topics(*wanted: tuple[type, str]) -> frozenset[Topic]:
    """What readers want."""
    return frozenset(Topic(kind, f"{symbol}.LONGBRIDGE") for kind, symbol in wanted)


def static_of(symbols: Iterable[str], **changes: Any) -> quote_pb2.SecurityStaticInfoResponse:
    """Static facts of these symbols."""
    rows = [
        quote_pb2.StaticInfo(
            **{
                "symbol": symbol,
                "currency": "HKD" if symbol.endswith("HK") else "USD",
                "lot_size": 100 if symbol.endswith("HK") else 1,
                "board": "HKEquity" if symbol.endswith("HK") else "USMain",
                **changes,
            }
        )
        for symbol in symbols
    ]
    return quote_pb2.SecurityStaticInfoResponse(secu_static_info=rows)


def quotes_of(symbols: Iterable[str], price: str = "320.6") -> quote_pb2.SecurityQuoteResponse:
    """Present quotes of these symbols."""
    rows = [
        quote_pb2.SecurityQuote(symbol=symbol, last_done=price, timestamp=WALL_S)
        for symbol in symbols
    ]
    return quote_pb2.SecurityQuoteResponse(secu_quote=rows)


class Desk:
    """A quote protocol and a venue that answers everything, or what the test says instead."""

    def __init__(self, **settings: Any) -> None:
        self.protocol = QuoteProtocol(Settings(**settings), VENUE.simulator_credentials)
        self.effects: list[Any] = []
        self.asked: list[Packet] = []
        self.second = 0.0

    def take(self, effects: Any) -> None:
        """Keep effects and requests."""
        self.effects += effects
        self.asked += frames(effects)

    def log_in(self, second: float = 0.0) -> None:
        """Up to and including the login."""
        self.second = second
        (call,) = self.protocol.prepare(at(second))
        self.protocol.answered(call.call_id, HttpResponse(200, {}, OTP), at(second))
        (login,) = frames(self.protocol.opened(at(second)))
        grant = control_pb2.AuthResponse(session_id="s", expires=(WALL_S + 3600) * 1000)
        self.receive(response(login, grant))

    def receive(self, data: bytes) -> None:
        """Something arrives."""
        self.take(self.protocol.received(data, at(self.second)))

    def want(self, *wanted: tuple[type, str]) -> None:
        """Readers want exactly this."""
        self.take(self.protocol.demand(topics(*wanted), at(self.second)))

    def wait(self, second: float) -> None:
        """Time passes."""
        while (deadline := self.protocol.deadline()) is not None:
            if deadline > at(second).mono_ns:
                break
            self.second = max(self.second, (deadline - 1e9) / 1e9)
            self.take(self.protocol.due(at(self.second)))
        self.second = second

    def requests(self, command: int) -> list[Packet]:
        """Open requests of a command."""
        return [request for request in self.asked if request.command == command]

    def answer(self, command: int, message: Any = None, status: int = 0) -> Packet:
        """Answer the oldest open request of a command."""
        request = self.requests(command)[0]
        self.asked.remove(request)
        self.receive(response(request, message, status))
        return request

    def serve(self, spoiling: str = "") -> None:
        """Answer everything that is asked, until nothing more is for a while.

        Look-ups and subscriptions with the symbol `spoiling` are refused as a whole.
        """
        quiet_at = self.second + QUIET_S
        for _ in range(STEPS_MAX):
            if self.asked:
                self._serve_one(self.asked.pop(0), spoiling)
                quiet_at = self.second + QUIET_S
                continue
            deadline = self.protocol.deadline()
            if deadline is None or deadline > at(quiet_at).mono_ns:
                return
            self.wait((deadline - 1e9) / 1e9)
        raise AssertionError(f"{STEPS_MAX} requests and no end")

    def _serve_one(self, request: Packet, spoiling: str) -> None:
        if request.command in (6, 10, 11) and spoiling:
            # Symbols are field 1 in all three requests.
            asked = parse(quote_pb2.MultiSecurityRequest, request.body).symbol
            if spoiling in asked:
                self.receive(response(request, *refusal(301600)))
                return
        self.receive(response(request, self._right(request)))

    def _right(self, request: Packet) -> Any:
        if request.command in (10, 11):
            asked = parse(quote_pb2.MultiSecurityRequest, request.body).symbol
            return static_of(asked) if request.command == 10 else quotes_of(asked)
        if request.command == 14:
            symbol = parse(quote_pb2.SecurityRequest, request.body).symbol
            return quote_pb2.SecurityDepthResponse(symbol=symbol)
        return None

    def of(self, kind: type) -> list[Any]:
        """Effects of one class."""
        return [effect for effect in self.effects if type(effect) is kind]
