"""What operators, reports and status see: plain values with the messages' names, ready for JSON.

Decimals are plain text, times nanoseconds, money a table per currency.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice

import attrs

from engine.messages.orders import SubmitIntent
from engine.model.enums import TERMINAL, Certainty, Lifecycle, TradingStateWord
from engine.model.money import ZERO, decimal_of_float, plain
from engine.orders.book import StrategyFigures
from engine.orders.denials import Denied
from engine.orders.exact import add, shown, subtract, trimmed
from engine.orders.kernel import Kernel
from engine.orders.ledger import Ledger, Position
from engine.orders.order import Order
from engine.orders.records import Absence, AlarmRecord, DeniedReplace, FillRecord
from engine.orders.settings import OPERATOR_OWNER
from engine.risk.killswitch import ENGINE_SCOPE, severity

Row = dict[str, object]


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _money(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: plain(shown(amount)) for currency, amount in sorted(amounts.items())}


def order_row(kernel: Kernel, order: Order) -> Row:
    """One order.

    `unattended`: it may trade at a venue that we cannot reach now. `orphaned`: its owner is gone.
    """
    link = kernel.links.get(order.account)
    reachable = link is not None and link.is_connected
    return {
        "strategy": order.strategy,
        "client_order_id": order.client_order_id,
        "venue_order_id": order.venue_order_id,
        "intent_id": order.intent_id,
        "instrument": order.instrument,
        "account": order.account,
        "mode": order.mode.value,
        "origin": order.origin.value,
        "side": order.side.value,
        "ord_type": order.ord_type.value,
        "time_in_force": order.time_in_force.value,
        "post_only": order.post_only,
        "reduce_only": order.reduce_only,
        "quantity": plain(order.quantity),
        "price": _text(order.price),
        "stop_price": _text(order.stop_price),
        "trail": _text(order.trail),
        "position_effect": order.position_effect.value,
        "contingency": None if order.contingency is None else order.contingency.value,
        "list_id": order.list_id,
        "lifecycle": order.lifecycle.value,
        "pending": None if order.pending is None else order.pending.value,
        "certainty": order.certainty.value,
        "cum_qty": plain(order.cum_qty),
        "leaves_qty": plain(order.leaves_qty),
        "avg_px": plain(order.avg_px),
        "unattended": not order.is_terminal and not reachable,
        "orphaned": not order.is_terminal and is_orphan(kernel, order.strategy),
        "code": order.code,
        "text": order.text,
        "note": order.note,
        "created_ns": order.created_ns,
        "ts_ns": order.updated_ns,
    }


def denial_row(kernel: Kernel, denied: Denied) -> Row:
    """One wish that was denied, with the keys of an order; of a change, with those of the order it was for."""
    intent, row = denied.intent, dict[str, object].fromkeys(_DENIED_KEYS)
    changed = denied.client_order_id if isinstance(denied, DeniedReplace) else ""
    if isinstance(intent, SubmitIntent):
        wish = {name: getattr(intent, name) for name in _OF_THE_WISH}
        row |= {name: getattr(value, "value", value) for name, value in wish.items()}
        row |= {name: _text(getattr(intent, name)) for name in ("price", "stop_price", "trail")}
        row["quantity"] = plain(intent.quantity)
    else:
        order = kernel.book.orders.get(changed) if changed else None
        row |= {} if order is None else order_row(kernel, order)
        row |= {"quantity": _text(intent.quantity), "price": _text(intent.price), "note": ""}
    return {
        **row,
        "strategy": intent.strategy,
        "client_order_id": changed,
        "intent_id": intent.intent_id,
        "denied": "replace" if isinstance(denied, DeniedReplace) else "new",
        "lifecycle": Lifecycle.DENIED.value,
        "certainty": Certainty.KNOWN.value,
        "pending": None,
        "code": denied.code,
        "text": denied.text,
        "created_ns": denied.ts_ns,
        "ts_ns": denied.ts_ns,
    }


_OF_THE_WISH = (
    "instrument",
    "side",
    "ord_type",
    "time_in_force",
    "post_only",
    "reduce_only",
    "position_effect",
    "note",
)
_DENIED_KEYS = (*_OF_THE_WISH, "quantity", "price", "stop_price", "trail", "cum_qty", "avg_px")


def is_orphan(kernel: Kernel, owner: str) -> bool:
    """Whether an owner is gone: removed from the configuration, or not heard of beyond its grace time."""
    if owner in ("", OPERATOR_OWNER):
        return False
    absence = kernel.book.absences.get(owner)
    gone = absence is not None and absence.stage is Absence.ORPHANED
    return gone or owner not in kernel.settings.strategies


def fill_row(fill: FillRecord) -> Row:
    """One execution."""
    return {
        "strategy": fill.strategy,
        "client_order_id": fill.client_order_id,
        "venue_order_id": fill.venue_order_id,
        "trade_id": fill.trade_id,
        "fill_key": fill.fill_key,
        "instrument": fill.instrument,
        "account": fill.account,
        "side": fill.side.value,
        "last_qty": plain(fill.last_qty),
        "last_px": plain(fill.last_px),
        "px_estimated": fill.px_estimated,
        "cum_qty": plain(fill.cum_qty),
        "fee": plain(fill.fee),
        "fee_currency": fill.fee_currency,
        "liquidity": fill.liquidity.value,
        "source": fill.source.value,
        "venue_ts_ns": fill.venue_ts_ns,
        "ts_ns": fill.ts_ns,
    }


def alarm_row(alarm: AlarmRecord) -> Row:
    """One alarm."""
    return {
        "kind": alarm.kind.value,
        "account": alarm.account,
        "subject": alarm.subject,
        "text": alarm.text,
        "ts_ns": alarm.ts_ns,
    }


def mark_of(kernel: Kernel, instrument: str) -> Decimal | None:
    """The newest reference price, however old; None when there never was one."""
    reference = kernel.references.get(instrument)
    if reference is None or not reference.price > 0.0:
        return None
    return trimmed(decimal_of_float(reference.price))


def position_rows(kernel: Kernel) -> Iterator[Row]:
    """Positions of strategies, then of accounts; `strategy` or `account` is empty."""
    for name, instrument, position in kernel.book.strategies:
        yield _position_row(kernel, position, instrument, strategy=name, account="")
    for name, instrument, position in kernel.book.accounts:
        yield _position_row(kernel, position, instrument, strategy="", account=name)


def _position_row(
    kernel: Kernel, position: Position, instrument: str, *, strategy: str, account: str
) -> Row:
    mark = mark_of(kernel, instrument)
    unrealised = None if mark is None else plain(shown(position.unrealised_pnl(mark)))
    return {
        "strategy": strategy,
        "account": account,
        "instrument": instrument,
        "quantity": plain(position.quantity),
        "avg_px": plain(position.avg_px),
        "mark_px": _text(mark),
        "realised_pnl": plain(shown(position.realised_pnl)),
        "unrealised_pnl": unrealised,
        "fees": _money(position.fees),
        "currency": position.currency,
        "fills": position.fills,
        "ts_ns": position.updated_ns,
    }


@attrs.frozen
class Profit:
    """Money of an owner per currency. `net` is what is left: realised and unrealised, less fees."""

    realised: dict[str, Decimal] = attrs.field(factory=dict)
    unrealised: dict[str, Decimal] = attrs.field(factory=dict)
    fees: dict[str, Decimal] = attrs.field(factory=dict)
    net: dict[str, Decimal] = attrs.field(factory=dict)


def pnl(kernel: Kernel, ledger: Ledger, owner: str) -> Profit:
    """Profit of an owner; what has no mark counts as worth what it cost."""
    profit = Profit()
    for instrument, position in ledger.of(owner).items():
        mark = mark_of(kernel, instrument)
        currency, unrealised = position.currency, position.unrealised_pnl(mark) if mark else ZERO
        for sums, amount in (
            (profit.realised, position.realised_pnl),
            (profit.unrealised, unrealised),
            (profit.net, position.realised_pnl),
            (profit.net, unrealised),
        ):
            _sum(sums, currency, amount)
        for currency, fee in position.fees.items():
            _sum(profit.fees, currency, fee)
            profit.net[currency] = subtract(profit.net.get(currency, ZERO), fee)
    return profit


def _sum(sums: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    sums[currency] = add(sums.get(currency, ZERO), amount)


def behind(kernel: Kernel, name: str) -> Row:
    """What one strategy did so far, without what depends on today's prices."""
    figures = kernel.book.figures_of(name)
    profit = pnl(kernel, kernel.book.strategies, name)
    held = _held(kernel, name)
    return {
        "intents": figures.intents,
        "denied": figures.denied,
        "orders": figures.orders,
        "fills": figures.fills,
        "realised_pnl": _money(profit.realised),
        "fees": _money(profit.fees),
        "positions": dict(islice(held.items(), HELD_MAX)),
        "held": len(held),
    }


def _held(kernel: Kernel, name: str) -> dict[str, str]:
    positions = kernel.book.strategies.of(name).items()
    return {each: plain(position.quantity) for each, position in positions if position.quantity}


HELD_MAX = 10
"""Instruments named in a row of the summary, which travels with every heartbeat; `held` counts them all."""


def owner_row(kernel: Kernel, name: str) -> Row:
    """What one owner of orders did and holds: a strategy, also a removed one, or the operator."""
    book, figures = kernel.book, kernel.book.figures.get(name) or StrategyFigures()
    profit = pnl(kernel, book.strategies, name)
    held = _held(kernel, name)
    return {
        "intents": figures.intents,
        "denied": figures.denied,
        "denials": book.denials.of(name),
        "orders": figures.orders,
        "fills": figures.fills,
        "open_orders": book.strategy_exposure.orders(name),
        "positions": dict(islice(held.items(), HELD_MAX)),
        "held": len(held),
        "realised_pnl": _money(profit.realised),
        "unrealised_pnl": _money(profit.unrealised),
        "fees": _money(profit.fees),
        "net_pnl": _money(profit.net),
    }


def strategy_row(kernel: Kernel, name: str) -> Row:
    """What one strategy of the configuration did; `carried` is what it had behind it when the router's boot began."""
    reports = kernel.book.figures_of(name).reports
    return {
        **owner_row(kernel, name),
        "carried": kernel.carried.get(name, {}),
        "trading_state": kernel.state_of(name)[0].value,
        "reports": reports.last,
        "reports_seen": reports.seen,
    }


BY_HAND, REMOVED = "by_hand", "removed"
"""In the place of a process's state: of the operator, and of a strategy that is not configured any more."""

OTHERS_MAX = 20
"""Owners beside the strategies of the configuration in a summary."""


def other_owners(kernel: Kernel) -> dict[str, Row]:
    """Whoever the configuration does not list but holds something or has open orders.

    Strategies that were removed or renamed, and the operator; not strangers' orders, which nobody owns.
    """
    book, configured = kernel.book, kernel.settings.strategies
    names = dict.fromkeys(owner for owner, _, position in book.strategies if position.quantity)
    names |= dict.fromkeys(book.orders.owners())
    others = (name for name in names if name and name not in configured)
    return {
        name: {**owner_row(kernel, name), "state": BY_HAND if name == OPERATOR_OWNER else REMOVED}
        for name in islice(others, OTHERS_MAX)
    }


def venue_row(kernel: Kernel, account: str) -> Row:
    """How one account stands."""
    link = kernel.links[account]
    return {
        "session": link.session,
        "mode": link.settings.mode.value,
        "state": link.state.value,
        "reason": link.reason,
        "blocked": list(link.blocked),
        "gaps": link.gaps,
        "open_orders": kernel.book.account_exposure.orders(account),
        "unknown_orders": len(list(kernel.book.orders.unknown_of_account(account))),
    }


def order_counts(kernel: Kernel) -> dict[str, int]:
    """Orders ever, by lifecycle, and how many are unknown now."""
    counts = {word.value: n for word, n in sorted(kernel.book.lifecycles.items()) if n}
    links = kernel.links
    unknown = sum(len(list(kernel.book.orders.unknown_of_account(name))) for name in links)
    return {**counts, "unknown": unknown}


def summary(kernel: Kernel) -> Row:
    """What `--report` and the status page show of the router."""
    return {
        "mode": kernel.settings.mode.value,
        "trading_state": engine_state(kernel).value,
        "orders": order_counts(kernel),
        "strategies": {name: strategy_row(kernel, name) for name in kernel.settings.strategies},
        "owners": other_owners(kernel),
        "venues": {account: venue_row(kernel, account) for account in kernel.links},
        "latency_us": {"tick_to_route": kernel.tick_to_route.figures()},
        "alerts": alerts(kernel),
    }


ALERTS_MAX = 20
"""Alerts in a summary: it travels with every heartbeat. The verb `alarms` gives all that are kept."""

ALERT_CHARS_MAX = 200


def alerts(kernel: Kernel) -> list[Row]:
    """What a person should look at, newest last: the newest alarms, then what is wrong now."""
    rows = [
        _alert(alarm.ts_ns, alarm.kind.value, f"{alarm.account} {alarm.subject}: {alarm.text}")
        for alarm in list(kernel.book.alarms)[-ALERTS_MAX:]
    ]
    now_ns = kernel.now.wall_ns
    for account, link in kernel.links.items():
        if link.blocked:
            reason = f"{account} is blocked: {'; '.join(link.blocked)}"
            rows.append(_alert(now_ns, "blocked", reason))
    if kernel.journal_failure:
        rows.append(_alert(now_ns, "journal", f"no new orders: {kernel.journal_failure}"))
    return rows[-ALERTS_MAX:]


def _alert(ts_ns: int, code: str, text: str) -> Row:
    """As the supervisor's own alerts look, with which these are shown."""
    text = text.strip(" :")[:ALERT_CHARS_MAX]
    return {"ts_ns": ts_ns, "actor": "router", "code": code, "text": text}


def engine_state(kernel: Kernel) -> TradingStateWord:
    """The engine's own level; halted while the journal cannot be written."""
    level = kernel.switch.level_of(ENGINE_SCOPE)
    if kernel.journal_failure:
        return max(level, TradingStateWord.HALTED, key=severity)
    return level


def status(kernel: Kernel) -> Row:
    """Everything about the router at a glance."""
    book = kernel.book
    return {
        **summary(kernel),
        "router_boot": book.boot.router_boot,
        "boots": book.boot.number,
        "records": book.applied,
        "scopes": {
            scope: {
                "level": setting.level.value,
                "by": setting.by,
                "reason": setting.reason,
                "ts_ns": setting.ts_ns,
                "journaled": scope not in kernel.owed,
            }
            for scope, setting in kernel.switch
        },
        "journal_failure": kernel.journal_failure,
        "alarms": [alarm_row(alarm) for alarm in list(book.alarms)[-ALARMS_SHOWN_MAX:]],
        "alarm_counts": dict(sorted(book.alarm_counts.items())),
        "counters": dict(sorted(kernel.counters.items())),
    }


ALARMS_SHOWN_MAX = 20
"""Newest alarms in a status; all that are kept come with the verb `alarms`."""


def chosen_orders(kernel: Kernel, wanted: Mapping[str, object]) -> Iterable[Order]:
    """Orders that match: `open` (bool), and any of the names an order has and where it belongs."""
    for order in kernel.book.orders:
        if wanted.get("open") and order.lifecycle in TERMINAL:
            continue
        if _fits(order, wanted, ("client_order_id", "lifecycle", "account", *_BELONGS)):
            yield order


_BELONGS = ("strategy", "instrument")


def chosen_denials(kernel: Kernel, wanted: Mapping[str, object]) -> Iterable[Row]:
    """The newest denials that match any of strategy, instrument and code."""
    rows = (denial_row(kernel, denied) for denied in kernel.book.denials)
    return (
        row for row in rows if all(wanted.get(n) in (None, "", row[n]) for n in (*_BELONGS, "code"))
    )


def _fits(order: Order, wanted: Mapping[str, object], names: Iterable[str]) -> bool:
    return all(wanted.get(name) in (None, "", getattr(order, name)) for name in names)
