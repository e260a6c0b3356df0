"""What operators, reports and status see: plain values with the messages' names, ready for JSON.

Decimals are plain text, times nanoseconds, money a table per currency.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from engine.model.enums import TERMINAL, TradingStateWord
from engine.model.money import ZERO, decimal_of_float, plain
from engine.orders.exact import add, shown, trimmed
from engine.orders.kernel import Kernel
from engine.orders.ledger import Ledger, Position
from engine.orders.order import Order
from engine.orders.records import Absence, AlarmRecord, FillRecord
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


def pnl(
    kernel: Kernel, ledger: Ledger, owner: str
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Realised, unrealised (where there is a mark) and fees of an owner, per currency."""
    realised: dict[str, Decimal] = {}
    unrealised: dict[str, Decimal] = {}
    fees: dict[str, Decimal] = {}
    for instrument, position in ledger.of(owner).items():
        mark = mark_of(kernel, instrument)
        _sum(realised, position.currency, position.realised_pnl)
        _sum(unrealised, position.currency, position.unrealised_pnl(mark) if mark else ZERO)
        for currency, fee in position.fees.items():
            _sum(fees, currency, fee)
    return _money(realised), _money(unrealised), _money(fees)


def _sum(sums: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    sums[currency] = add(sums.get(currency, ZERO), amount)


def behind(kernel: Kernel, name: str) -> Row:
    """What one strategy did so far, without what depends on today's prices."""
    figures = kernel.book.figures_of(name)
    realised, _, fees = pnl(kernel, kernel.book.strategies, name)
    held = kernel.book.strategies.of(name).items()
    return {
        "intents": figures.intents,
        "denied": figures.denied,
        "orders": figures.orders,
        "fills": figures.fills,
        "realised_pnl": realised,
        "fees": fees,
        "positions": {
            each: plain(position.quantity) for each, position in held if position.quantity
        },
    }


def strategy_row(kernel: Kernel, name: str) -> Row:
    """What one strategy did; `carried` is what it had behind it when the router's boot began."""
    figures = kernel.book.figures_of(name)
    realised, unrealised, fees = pnl(kernel, kernel.book.strategies, name)
    return {
        "intents": figures.intents,
        "denied": figures.denied,
        "orders": figures.orders,
        "fills": figures.fills,
        "carried": kernel.carried.get(name, {}),
        "open_orders": kernel.book.strategy_exposure.orders(name),
        "realised_pnl": realised,
        "unrealised_pnl": unrealised,
        "fees": fees,
        "trading_state": kernel.state_of(name)[0].value,
        "reports": figures.reports.last,
        "reports_seen": figures.reports.seen,
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
    """Orders that match: `open` (bool), and any of strategy, instrument, account, lifecycle."""
    for order in kernel.book.orders:
        if wanted.get("open") and order.lifecycle in TERMINAL:
            continue
        names = ("strategy", "instrument", "account", "lifecycle")
        if all(wanted.get(name) in (None, "", getattr(order, name)) for name in names):
            yield order
