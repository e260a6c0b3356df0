"""T4's data session without a venue: a session that is logged in, and what the venue says, in bytes."""

import json
from collections.abc import Iterable
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from actors.venues.t4.proto import auth_pb2, enums_pb2, market_pb2, price_pb2, service_pb2
from actors.venues.t4.public import DataSession
from actors.venues.t4.settings import Settings
from engine.session.contract import CallFailure, HttpCall, HttpResponse, Now, SendFrame, Topic

WALL_S = 1_704_900_600
"""2024-01-10 09:30:00 in Chicago, a Wednesday."""
ES = "XCME_Eq ES (H24)"
ES_ID = f"{ES}.T4"
SECRETS = {
    "firm": "CTS",
    "username": "tester",
    "password": "secret-password",
    "app_name": "Pitboss",
    "app_license": "license-0123456789",
    "api_key": "api-key-0123456789",
}
OPEN = enums_pb2.MARKET_MODE_OPEN
BID, OFFER = enums_pb2.BID_OFFER_BID, enums_pb2.BID_OFFER_OFFER


def at(second: float) -> Now:
    """A moment of the test."""
    return Now(int(1e9 + second * 1e9), int((WALL_S + second) * 1e9))


def stamp(second: float) -> Timestamp:
    """The same as the venue writes it."""
    ns = int((WALL_S + second) * 1e9)
    return Timestamp(seconds=ns // 10**9, nanos=ns % 10**9)


def price(text: str) -> price_pb2.Price:
    """A price."""
    return price_pb2.Price(value=text)


def said(**payload: Any) -> bytes:
    """A message of the venue: the name of the oneof's field and its payload."""
    return service_pb2.ServerMessage(**payload).SerializeToString()


def granted(token: str = "token-1", **fields: Any) -> bytes:
    """A login that succeeds, with a token of an hour."""
    if token:
        fields["authentication_token"] = auth_pb2.AuthenticationToken(
            token=token, expire_time=Timestamp(seconds=WALL_S + 3_600)
        )
    return said(login_response=auth_pb2.LoginResponse(session_id="s", user_id="u", **fields))


def refused(result: int, text: str = "") -> bytes:
    """A login that fails, or a session that ends."""
    answer = auth_pb2.LoginResponse(error_message=text)
    answer.result = result  # type: ignore[assignment]
    return said(login_response=answer)


def details(market_id: str = ES, **changes: Any) -> bytes:
    """ES in REAL."""
    fields: dict[str, Any] = {
        "market_id": market_id,
        "exchange_id": "CME_Eq",
        "contract_id": "ES",
        "contract_type": enums_pb2.CONTRACT_TYPE_FUTURE,
        "expiry_date": 20240315,
        "decimals": 0,
        "real_decimals": 2,
        "clearing_decimals": 2,
        "point_value": price_pb2.Decimal(value="0.5"),
        "min_price_increment": price("0.25"),
        "volume_increment": 1,
    }
    return said(market_details=market_pb2.MarketDetails(**(fields | changes)))


def line(text: str, volume: int) -> market_pb2.MarketDepth.DepthLine:
    """A level."""
    return market_pb2.MarketDepth.DepthLine(price=price(text), volume=volume, num_orders=1)


def traded(total: int, text: str, volume: int = 1, second: float = 0, **fields: Any) -> Any:
    """The last trade, as depth repeats it."""
    return market_pb2.MarketDepth.TradeData(
        total_traded_volume=total,
        last_trade_price=price(text),
        last_trade_volume=volume,
        time=stamp(second),
        **{"at_bid_or_offer": OFFER, **fields},
    )


def depth(
    bids: Iterable[tuple[str, int]] = (("4800.00", 5),),
    offers: Iterable[tuple[str, int]] = (("4800.25", 7),),
    *,
    second: float = 0,
    **fields: Any,
) -> market_pb2.MarketDepth:
    """An image of depth."""
    return market_pb2.MarketDepth(
        **{
            "market_id": ES,
            "depth_buffer": enums_pb2.DEPTH_BUFFER_SMART_TRADE,
            "depth_levels": enums_pb2.DEPTH_LEVELS_NORMAL,
            "time": stamp(second),
            "bids": [line(*level) for level in bids],
            "offers": [line(*level) for level in offers],
            "mode": OPEN,
            **fields,
        }
    )


def trade(total: int, text: str, volume: int = 1, second: float = 0, **fields: Any) -> Any:
    """A trade, as it is told by itself."""
    return market_pb2.MarketDepthTrade(
        **{
            "market_id": ES,
            "time": stamp(second),
            "total_traded_volume": total,
            "last_trade_volume": volume,
            "last_trade_price": price(text),
            "at_bid_or_offer": OFFER,
            "mode": OPEN,
            **fields,
        }
    )


def snapshot(*messages: dict[str, Any], mode: int = OPEN, market_id: str = ES) -> bytes:
    """A snapshot of these messages."""
    made = market_pb2.MarketSnapshot(market_id=market_id)
    made.mode = mode  # type: ignore[assignment]
    for each in messages:
        made.messages.append(market_pb2.MarketSnapshotMessage(**each))
    return said(market_snapshot=made)


def order(order_id: int, side: int, text: str, volume: int, priority: int = 0) -> Any:
    """One order of a book of single orders."""
    made = market_pb2.MarketByOrderSnapshot.Order(
        order_id=order_id, price=price(text), volume=volume, priority=priority
    )
    made.bid_offer = side  # type: ignore[assignment]
    return made


def orders(last_sequence: int, *rows: Any, market_id: str = ES) -> Any:
    """A snapshot of single orders."""
    return market_pb2.MarketByOrderSnapshot(
        market_id=market_id, time=stamp(0), mode=OPEN, last_sequence=last_sequence, orders=rows
    )


def change(kind: int, order_id: int, side: int = BID, text: str = "", volume: int = 0) -> Any:
    """One change of a book of single orders: 0 adds, 1 takes away, 2 clears."""
    made = market_pb2.MarketByOrderUpdate.Update(order_id=order_id, volume=volume)
    made.update_type, made.bid_offer = kind, side  # type: ignore[assignment]
    if text:
        made.price.CopyFrom(price(text))
    return made


def changes(sequence: int, *rows: Any) -> Any:
    """An update of single orders."""
    return market_pb2.MarketByOrderUpdate(
        market_id=ES, time=stamp(0), mode=OPEN, sequence=sequence, updates=rows
    )


def topics(*kinds: type, instrument: str = ES_ID) -> frozenset[Topic]:
    """What readers want."""
    return frozenset(Topic(kind, instrument) for kind in kinds)


class Desk:
    """A data session, the frames that it sent, its open calls and what else it wants done."""

    def __init__(self, secrets: dict[str, str] | None = None, **settings: Any) -> None:
        settings.setdefault("markets", (f"CME_Eq/ES/{ES}",))
        self.session = DataSession(Settings(**settings), secrets or SECRETS)
        self.second = 0.0
        self.sent: list[tuple[str, Any]] = []
        self.calls: list[HttpCall] = []
        self.effects: list[object] = []

    @property
    def now(self) -> Now:
        """The present moment."""
        return at(self.second)

    def take(self, effects: Iterable[object]) -> list[object]:
        """Keep what is to be done; returns it without frames and calls."""
        rest: list[object] = []
        for effect in effects:
            if isinstance(effect, SendFrame):
                message = service_pb2.ClientMessage.FromString(effect.data)
                kind = message.WhichOneof("payload")
                self.sent.append((kind, getattr(message, kind)))
            elif isinstance(effect, HttpCall):
                self.calls.append(effect)
            else:
                rest.append(effect)
        self.effects += rest
        return rest

    def open(self) -> list[object]:
        """The stream is open."""
        return self.take(self.session.opened(self.now))

    def log_in(self, token: str = "token-1") -> list[object]:
        """Open and logged in."""
        return [*self.open(), *self.hear(granted(token))]

    def hear(self, data: bytes) -> list[object]:
        """The venue says something."""
        return self.take(self.session.received(data, self.now))

    def want(self, *kinds: type, instrument: str = ES_ID) -> list[object]:
        """These kinds of one instrument are wanted."""
        return self.take(self.session.demand(topics(*kinds, instrument=instrument), self.now))

    def ready(self, *kinds: type) -> list[object]:
        """Logged in, these wanted, details and a first snapshot with depth."""
        self.log_in()
        self.want(*kinds)
        self.hear(details())
        told = self.hear(snapshot({"market_depth": depth()}))
        self.sent.clear()
        return told

    def lose(self, reason: str = "gone") -> list[object]:
        """The connection ends."""
        return self.take(self.session.lost(reason, self.now))

    def pass_time(self, seconds: float) -> list[object]:
        """Time passes; everything that is due on the way is done."""
        end_ns, out = at(self.second + seconds).mono_ns, []
        for _ in range(10_000):
            due_ns = self.session.deadline()
            if due_ns is None or due_ns > end_ns:
                break
            self.second = max(self.second, (due_ns - at(0).mono_ns) / 1e9 + 1e-9)
            out += self.take(self.session.due(self.now))
        else:
            raise AssertionError("a session that is stuck in the past")
        self.second = (end_ns - at(0).mono_ns) / 1e9
        return out

    def answer(self, data: Any, status: int = 200) -> list[object]:
        """The oldest open call is answered with this JSON."""
        call = self.calls.pop(0)
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        return self.take(
            self.session.answered(call.call_id, HttpResponse(status, {}, body), self.now)
        )

    def fail(self, reason: str = "reset") -> list[object]:
        """The oldest open call comes to nothing."""
        call = self.calls.pop(0)
        failure = CallFailure(not_sent=False, reason=reason)
        return self.take(self.session.failed(call.call_id, failure, self.now))

    def sent_kinds(self) -> list[str]:
        """Names of what was sent."""
        return [kind for kind, _ in self.sent]
