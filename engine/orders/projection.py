"""Journal records as rows of the query index: orders and fills for questions about the past.

Each record says what it led to, so a row needs nothing but its record; columns a record does not
mention stay as they were.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.journal.schema import Row, Table, Value
from engine.model.enums import Lifecycle
from engine.orders import records as r

Columns = dict[str, Value]

ORDERS = Table(
    "orders",
    (
        "strategy",
        "intent_id",
        "account",
        "mode",
        "instrument",
        "side",
        "ord_type",
        "time_in_force",
        "quantity",
        "price",
        "lifecycle",
        "pending",
        "certainty",
        "venue_order_id",
        "cum_qty",
        "code",
        "text",
        "note",
        "limits_version",
        "created_ns",
        "ts_ns",
    ),
    ("strategy", "instrument", "account", "lifecycle", "created_ns"),
)
"""One row per order by client order id; denied orders by intent id."""

FILLS = Table(
    "fills",
    (
        "strategy",
        "account",
        "instrument",
        "side",
        "client_order_id",
        "venue_order_id",
        "trade_id",
        "last_qty",
        "last_px",
        "px_estimated",
        "fee",
        "fee_currency",
        "liquidity",
        "source",
        "busted",
        "venue_ts_ns",
        "ts_ns",
    ),
    ("strategy", "instrument", "account", "client_order_id", "ts_ns"),
)
"""One row per fill by account and fill key."""

TABLES = (ORDERS, FILLS)


def project(body: bytes) -> Iterable[Row]:
    """The rows that one record touches; BadEnvelope for bytes that are no record."""
    record = r.from_bytes(body)
    rows = _ROWS.get(type(record))
    return () if rows is None else rows(record)


def _planned(record: r.PlannedOrder) -> list[Row]:
    intent = record.intent
    columns: Columns = {
        **_wish(record),
        "account": record.account,
        "lifecycle": Lifecycle.PLANNED,
        "pending": "new",
        "certainty": "known",
        "venue_order_id": "",
        "cum_qty": "0",
        "code": "",
        "text": "",
        "intent_id": intent.intent_id,
    }
    return [Row("orders", record.client_order_id, columns)]


def _denied(record: r.DeniedOrder) -> list[Row]:
    columns: Columns = {
        **_wish(record),
        "account": "",
        "lifecycle": Lifecycle.DENIED,
        "certainty": "known",
        "cum_qty": "0",
        "code": record.code,
        "text": record.text,
        "intent_id": record.intent.intent_id,
    }
    return [Row("orders", record.intent.intent_id, columns)]


def _wish(record: r.PlannedOrder | r.DeniedOrder) -> Columns:
    intent = record.intent
    return {
        "strategy": intent.strategy,
        "mode": record.mode,
        "instrument": intent.instrument,
        "side": intent.side,
        "ord_type": intent.ord_type,
        "time_in_force": intent.time_in_force,
        "quantity": intent.quantity,
        "price": intent.price,
        "note": intent.note,
        "limits_version": record.limits_version,
        "created_ns": record.ts_ns,
        "ts_ns": record.ts_ns,
    }


def _external(record: r.ExternalOrder) -> list[Row]:
    columns: Columns = {
        "strategy": "",
        "account": record.account,
        "mode": record.mode,
        "instrument": record.instrument,
        "side": record.side,
        "ord_type": record.ord_type,
        "time_in_force": record.time_in_force,
        "quantity": record.quantity,
        "price": record.price,
        "lifecycle": record.lifecycle,
        "certainty": "known",
        "venue_order_id": record.venue_order_id,
        "cum_qty": record.cum_qty,
        "created_ns": record.ts_ns,
        "ts_ns": record.ts_ns,
    }
    return [Row("orders", record.client_order_id, columns)]


def _event(record: r.OrderEventRecord) -> list[Row]:
    columns: Columns = {
        **_state(record),
        "venue_order_id": record.venue_order_id,
        "quantity": record.quantity,
        "price": record.price,
        "code": record.code,
        "text": record.text,
    }
    return [Row("orders", record.client_order_id, columns)]


def _cancels(record: r.CancelPlanned) -> list[Row]:
    columns: Columns = {"pending": "cancel", "ts_ns": record.ts_ns}
    return [Row("orders", target, columns) for target in record.targets]


def _replace(record: r.ReplacePlanned) -> list[Row]:
    return [
        Row("orders", record.client_order_id, {"pending": "replace", "ts_ns": record.ts_ns}),
    ]


def _fill(record: r.FillRecord) -> list[Row]:
    columns: Columns = {
        "strategy": record.strategy,
        "account": record.account,
        "instrument": record.instrument,
        "side": record.side,
        "client_order_id": record.client_order_id,
        "venue_order_id": record.venue_order_id,
        "trade_id": record.trade_id,
        "last_qty": record.last_qty,
        "last_px": record.last_px,
        "px_estimated": int(record.px_estimated),
        "fee": record.fee,
        "fee_currency": record.fee_currency,
        "liquidity": record.liquidity,
        "source": record.source,
        "busted": 0,
        "venue_ts_ns": record.venue_ts_ns,
        "ts_ns": record.ts_ns,
    }
    filled: Columns = {**_state(record), "cum_qty": record.cum_qty}
    return [
        Row("fills", f"{record.account}:{record.fill_key}", columns),
        Row("orders", record.client_order_id, filled),
    ]


def _bust(record: r.BustRecord) -> list[Row]:
    changed: Columns = {**_state(record), "cum_qty": record.cum_qty}
    return [
        Row("fills", f"{record.account}:{record.fill_key}", {"busted": 1}),
        Row("orders", record.client_order_id, changed),
    ]


def _correction(record: r.CorrectionRecord) -> list[Row]:
    stands: Columns = {
        "trade_id": record.trade_id,
        "last_qty": record.last_qty,
        "last_px": record.last_px,
        "px_estimated": int(record.px_estimated),
        "fee": record.fee,
        "fee_currency": record.fee_currency,
        "liquidity": record.liquidity,
        "client_order_id": record.client_order_id,
        "account": record.account,
        "ts_ns": record.ts_ns,
    }
    rows = [Row("fills", f"{record.account}:{record.fill_key}", stands)]
    if record.corrects != record.fill_key:
        rows.append(Row("fills", f"{record.account}:{record.corrects}", {"busted": 1}))
    changed: Columns = {**_state(record), "cum_qty": record.cum_qty}
    return [*rows, Row("orders", record.client_order_id, changed)]


def _state(
    record: r.OrderEventRecord | r.FillRecord | r.BustRecord | r.CorrectionRecord,
) -> Columns:
    return {
        "lifecycle": record.lifecycle,
        "pending": record.pending,
        "certainty": record.certainty,
        "ts_ns": record.ts_ns,
    }


def _claimed(record: r.OrderClaimed) -> list[Row]:
    return [Row("orders", record.client_order_id, {"strategy": record.owner})]


_ROWS: Mapping[type, Callable[[Any], list[Row]]] = {
    r.PlannedOrder: _planned,
    r.DeniedOrder: _denied,
    r.ExternalOrder: _external,
    r.OrderEventRecord: _event,
    r.CancelPlanned: _cancels,
    r.ReplacePlanned: _replace,
    r.FillRecord: _fill,
    r.BustRecord: _bust,
    r.CorrectionRecord: _correction,
    r.OrderClaimed: _claimed,
}
