"""The whole money state as canonical bytes: equal state gives equal bytes, in any process.

Used to show that replaying a journal gives the state that was (INV-11), and by tools that compare
two journals.
"""

import json
from decimal import Decimal
from enum import Enum
from functools import cache

import attrs

from engine.orders.book import BookOfOrders
from engine.orders.exact import trimmed
from engine.orders.ledger import Ledger


def dump(book: BookOfOrders) -> bytes:
    """UTF-8 JSON with sorted keys; Decimals as plain text without trailing zeros."""
    state = {
        "boot": _fields(book.boot),
        "orders": [_fields(order) for order in book.orders],
        "intents": book.intents.figures(),
        "accounts": _ledger(book.accounts),
        "strategies": _ledger(book.strategies),
        "account_exposure": book.account_exposure.figures(),
        "strategy_exposure": book.strategy_exposure.figures(),
        "risk": book.risk.figures(),
        "fill_keys": [[*key, content] for key, content in book.fill_keys.items()],
        "instruments": {name: _fields(each) for name, each in book.instruments.items()},
        "switch": [[scope, _fields(setting)] for scope, setting in book.switch],
        "limits": [book.limits_version, book.limits_text],
        "reconciled_ns": book.reconciled_ns,
        "unproven": book.unproven,
        "figures": {
            name: [each.intents, each.denied, each.orders, each.fills, *each.reports.figures()]
            for name, each in book.figures.items()
            if each.intents or each.reports.last
        },
        "denials": {name: dict(counts) for name, counts in book.denials.counts.items()},
        "lifecycles": {word: count for word, count in book.lifecycles.items() if count},
        "alarm_counts": dict(book.alarm_counts),
        "acts": [_fields(act) for act in book.acts.values()],
        "declared": {name: _fields(each) for name, each in book.declared.items()},
        "absences": {name: _fields(each) for name, each in book.absences.items()},
        "applied": book.applied,
    }
    return json.dumps(state, sort_keys=True, separators=(",", ":"), default=_plain).encode()


def _ledger(ledger: Ledger) -> list[object]:
    return [[owner, name, _fields(position)] for owner, name, position in ledger]


def _fields(value: attrs.AttrsInstance) -> dict[str, object]:
    """An object of ours by the names of its fields; what is in them is looked at when it is written."""
    return {name: getattr(value, name) for name in _names(type(value))}


@cache
def _names(cls: type[attrs.AttrsInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(cls))


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(trimmed(value), "f")
    if isinstance(value, Enum):
        return value.value
    return _fields(value) if attrs.has(type(value)) else str(value)  # type: ignore[arg-type]
