"""How much of each limit on sums is used: for operators, and for the warning before it is reached.

A limit is looked at for every instrument that a strategy may trade, and for whatever else is held or
ordered: by the operator, by strategies that are no longer configured, by nobody. Limits of an account
are the same for all owners on it and come once.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from engine.model.instrument import venue_of
from engine.model.money import ZERO
from engine.orders.day import OwnerKind
from engine.orders.exact import add, multiply, subtract
from engine.orders.kernel import Kernel
from engine.orders.settings import OPERATOR_OWNER
from engine.risk.limits import Aggregates, Effective, Rate


@attrs.frozen(kw_only=True)
class Usage:
    """A limit and how much of it is used; `subject` is the instrument or currency it is about."""

    kind: OwnerKind
    owner: str
    limit: str
    subject: str
    used: Decimal
    most: Decimal

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells one usage from another."""
        return (self.kind.value, self.owner, self.limit, self.subject)

    def reaches(self, part: Decimal) -> bool:
        """Whether this part of the limit is used, or more."""
        return self.used >= multiply(self.most, part)


Pair = tuple[str, str, str, Effective]
"""Owner, account, instrument, and the limits that hold for them."""


def pairs(kernel: Kernel) -> Iterator[Pair]:
    """Owner, account, instrument and the limits in force, for all that may be traded or is at stake."""
    for strategy, rights in kernel.settings.strategies.items():
        for instrument in rights.instruments:
            account = f"{venue_of(instrument)}.{rights.mode}"
            yield strategy, account, instrument, kernel.limits(strategy, instrument)
    for owner, instrument in dict.fromkeys(_beyond_rights(kernel)):
        account = f"{venue_of(instrument)}.{kernel.mode_of(owner)}"
        yield owner, account, instrument, kernel.limits(owner, instrument)


def _beyond_rights(kernel: Kernel) -> Iterator[tuple[str, str]]:
    """What is held or ordered by others than the strategies that may: owner and instrument.

    What an account holds is the operator's to weigh, even where nobody ordered it.
    """
    book, strategies = kernel.book, kernel.settings.strategies
    for link in kernel.links.values():
        if link.settings.mode is kernel.mode_of(OPERATOR_OWNER):
            for instrument in book.accounts.of(link.account):
                yield OPERATOR_OWNER, instrument
    for owner, instrument, _ in book.strategies:
        if owner not in strategies or instrument not in strategies[owner].instruments:
            yield owner, instrument
    for owner in book.orders.owners():
        if owner and owner not in strategies:
            for order in book.orders.open_of_strategy(owner):
                yield owner, order.instrument


def usages(kernel: Kernel, every: Iterable[Pair] | None = None) -> Iterator[Usage]:
    """Every limit on sums that is set, each once; `every` are the `pairs`, where they are known."""
    seen: set[tuple[str, str, str, str]] = set()
    accounts: set[tuple[str, str]] = set()
    for strategy, account, instrument, limits in pairs(kernel) if every is None else every:
        found = [
            *_of_owner(kernel, OwnerKind.STRATEGY, strategy, instrument, limits.strategy),
            *_of_conduct(kernel, strategy, instrument, limits),
        ]
        if (account, instrument) not in accounts:  # else another owner on it had the same
            accounts.add((account, instrument))
            found[:0] = _of_owner(kernel, OwnerKind.ACCOUNT, account, instrument, limits.account)
        for each in found:
            if (key := each.key) not in seen:
                seen.add(key)
                yield each


def _of_owner(
    kernel: Kernel, kind: OwnerKind, owner: str, instrument: str, limits: Aggregates
) -> Iterator[Usage]:
    book = kernel.book
    account = kind is OwnerKind.ACCOUNT
    ledger = book.accounts if account else book.strategies
    exposure = book.account_exposure if account else book.strategy_exposure
    each = exposure.instrument(owner, instrument)

    def usage(limit: str, subject: str, used: Decimal, most: Decimal | int) -> Usage:
        return Usage(
            kind=kind, owner=owner, limit=limit, subject=subject, used=used, most=Decimal(most)
        )

    if limits.max_position is not None:
        held = ledger.quantity(owner, instrument)
        worst = max(add(held, each.buys), subtract(each.sells, held))
        yield usage("max_position", instrument, worst, limits.max_position)
    if limits.max_open_orders is not None:
        count = Decimal(exposure.orders(owner))
        yield usage("max_open_orders", "", count, limits.max_open_orders)
    if limits.max_open_orders_per_instrument is not None:
        most = limits.max_open_orders_per_instrument
        yield usage("max_open_orders_per_instrument", instrument, Decimal(each.orders), most)
    for currency, amount in _items(limits.max_open_notional):
        used = exposure.notional(owner, currency)
        yield usage("max_open_notional", currency, used, amount)
    for currency, amount in _items(limits.max_credit):
        held = book.risk.holdings[kind].value(owner, currency)
        used = add(held, exposure.notional(owner, currency))
        yield usage("max_credit", currency, used, amount)
    for currency, amount in _items(limits.max_loss):
        loss = kernel.losses.get((kind, owner), {}).get(currency, ZERO)
        yield usage("max_loss", currency, max(loss, ZERO), amount)
    if limits.max_messages is not None:
        sent = Decimal(kernel.meter(owner).held(limits.max_messages, kernel.now.mono_ns))
        yield usage("max_messages", "", sent, limits.max_messages.count)


def _of_conduct(
    kernel: Kernel, strategy: str, instrument: str, limits: Effective
) -> Iterator[Usage]:
    names = {"kind": OwnerKind.STRATEGY, "owner": strategy, "subject": instrument}
    for rate in limits.max_executions:
        filled = executed(kernel, strategy, instrument, rate)
        yield _conduct("max_executions", names, Decimal(filled), Decimal(rate.count))
    activity = kernel.book.risk.day.activity.get((strategy, instrument))
    for each in limits.max_order_to_fill:
        if activity is not None and activity.messages >= each.count_min:
            used = Decimal(activity.messages) / max(activity.fills, 1)
            yield _conduct("max_order_to_fill", names, used, each.ratio)


def _conduct(limit: str, names: Mapping[str, object], used: Decimal, most: Decimal) -> Usage:
    return Usage(limit=limit, used=used, most=most, **names)  # type: ignore[arg-type]


def executed(kernel: Kernel, strategy: str, instrument: str, rate: Rate) -> int:
    """Fills in the window that ends now."""
    meter = kernel.executions.get((strategy, instrument))
    return 0 if meter is None else meter.held(rate, kernel.now.mono_ns)


def _items(limit: Mapping[str, Decimal] | None) -> Iterator[tuple[str, Decimal]]:
    return iter(() if limit is None else sorted(limit.items()))
