"""Records and other evidence for checkers, with everything that does not matter filled in."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import attrs

from engine.drill.checkers import Entry, History, StrategyEvent, SyncPoint, VenueEvent, VenueWord
from engine.messages.orders import ModifyIntent, SubmitIntent, intent_id_of
from engine.model.enums import (
    Certainty,
    Lifecycle,
    Liquidity,
    Mode,
    OrdType,
    Side,
    TimeInForce,
    TradingStateWord,
)
from engine.orders import records as r
from engine.orders.state import Event, Verdict
from tests.kit.orders import ACCOUNT, BTC, instrument

D = Decimal


def intent(counter: int = 1, **changes: Any) -> SubmitIntent:
    made = SubmitIntent(
        intent_id=intent_id_of("alpha", 5, counter),
        strategy="alpha",
        boot=5,
        counter=counter,
        instrument=BTC,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        quantity=D(10),
        price=D(100),
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        created_mono_ns=0,
        data_mono_ns=0,
        note="",
    )
    return attrs.evolve(made, **changes)


def planned(counter: int = 1, name: str = "", **changes: Any) -> r.PlannedOrder:
    return r.PlannedOrder(
        intent=intent(counter, **changes),
        client_order_id=name or f"c{counter}",
        account=ACCOUNT,
        mode=Mode.LIVE,
        reserve_price=D(100),
        limits_version=1,
        ts_ns=0,
    )


def change(name: str, counter: int, quantity: int) -> r.ReplacePlanned:
    wish = ModifyIntent(
        intent_id=intent_id_of("alpha", 5, counter),
        strategy="alpha",
        boot=5,
        counter=counter,
        target="alpha:5:1",
        quantity=D(quantity),
        price=None,
        created_mono_ns=0,
        data_mono_ns=0,
    )
    return r.ReplacePlanned(
        intent=wish,
        client_order_id=name,
        quantity=D(quantity),
        price=D(100),
        limits_version=1,
        ts_ns=0,
    )


def news(name: str, lifecycle: Lifecycle, **changes: Any) -> r.OrderEventRecord:
    made = r.OrderEventRecord(
        client_order_id=name,
        event=Event.ACCEPTED,
        verdict=Verdict.MOVE,
        source=r.Source.STREAM,
        lifecycle=lifecycle,
        pending=None,
        certainty=Certainty.KNOWN,
        venue_order_id=f"v{name}",
        venue_cum_qty=D(0),
        quantity=D(10),
        price=D(100),
        replacing=False,
        code="",
        text="",
        venue_ts_ns=0,
        ts_ns=0,
    )
    return attrs.evolve(made, **changes)


def fill(name: str, key: str, quantity: int, cum: int, **changes: Any) -> r.FillRecord:
    made = r.FillRecord(
        client_order_id=name,
        strategy="alpha",
        account=ACCOUNT,
        instrument=BTC,
        side=Side.BUY,
        fill_key=key,
        trade_id=key,
        venue_order_id=f"v{name}",
        last_qty=D(quantity),
        last_px=D(100),
        fee=D(0),
        fee_currency="USDT",
        liquidity=Liquidity.TAKER,
        event=Event.TRADE,
        verdict=Verdict.MOVE,
        source=r.Source.STREAM,
        lifecycle=Lifecycle.FILLED if cum >= 10 else Lifecycle.PARTLY_FILLED,
        pending=None,
        certainty=Certainty.KNOWN,
        cum_qty=D(cum),
        venue_ts_ns=0,
        ts_ns=0,
    )
    return attrs.evolve(made, **changes)


def halted(level: TradingStateWord = TradingStateWord.KILLED, scope: str = "engine") -> Any:
    return r.TradingStateChanged(level=level, scope=scope, by="operator", reason="", ts_ns=0)


def limits(**sections: Any) -> r.LimitsVersion:
    return r.LimitsVersion(version=1, text=json.dumps(sections), ts_ns=0)


def defined() -> r.InstrumentRecord:
    return r.InstrumentRecord(definition=instrument(BTC), ts_ns=0)


def entries(*records: object) -> tuple[Entry, ...]:
    return tuple(Entry(number, record) for number, record in enumerate(records, 1))


def at_venue(word: VenueWord, name: str = "c1", mono_ns: int = 100, **changes: Any) -> VenueEvent:
    made = VenueEvent(
        mono_ns=mono_ns,
        word=word,
        account=ACCOUNT,
        client_order_id=name,
        instrument=BTC,
        side=Side.BUY,
    )
    return attrs.evolve(made, **changes)


def told(word: Any, intent_id: str = "alpha:5:1", mono_ns: int = 100, **changes: Any) -> Any:
    made = StrategyEvent(mono_ns=mono_ns, word=word, strategy="alpha", boot=5, intent_id=intent_id)
    return attrs.evolve(made, **changes)


def synced(*times_ns: int) -> tuple[SyncPoint, ...]:
    """Record n was committed at the n-th time."""
    return tuple(SyncPoint(number, time_ns) for number, time_ns in enumerate(times_ns, 1))


def history(**evidence: Any) -> History:
    return History(**evidence)
