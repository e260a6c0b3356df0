"""What halts a strategy by itself: too many fills, too few fills for its orders, too large a loss.

Each rule is a pure look at the book and what the kernel remembers; a halt goes through the kill
switch like anybody else's, is in the journal, and stays until a person arms. Warnings come before:
an alarm when four fifths of a limit are used, once for each crossing. All of it happens besides the
order path, a few times a second; fills are looked at when they come.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from engine.model.enums import Pending, TradingStateWord
from engine.model.money import ZERO, plain
from engine.orders import records as r
from engine.orders.commands import NOT_RECORDED
from engine.orders.day import OwnerKind, losses
from engine.orders.exact import shown
from engine.orders.kernel import Kernel
from engine.orders.killing import Killing
from engine.orders.order import Order
from engine.orders.repeating import Repeating
from engine.orders.usage import Pair, Usage, pairs, usages
from engine.orders.views import mark_of
from engine.risk.hours import day_of
from engine.risk.killswitch import account_scope, strategy_scope
from engine.risk.limits import Effective, Rate
from engine.risk.rates import NS, RateMeter

ROUTER = "router"

LOOK_INTERVAL_NS = NS // 4
"""Between two looks at marks, ratios and limits that are nearly reached; warnings come within 1 s."""

NEAR = Decimal("0.8")
"""A limit is nearly reached from this part on."""

FAR = Decimal("0.7")
"""Below this part of it the next crossing is a new one: what sways around the bound warns once."""

WARN_AGAIN_NS = 60 * NS
"""A limit that is crossed again and again warns at most so often."""

MARKS_MAX = 500
"""Marks in one record; keeps it far below the journal's bound."""


class Guard:
    """Watches conduct, losses and limits; see the module."""

    __slots__ = ("_k", "_killing", "_look_mono_ns", "_near", "_repeating", "_warned")

    def __init__(self, kernel: Kernel, repeating: Repeating, killing: Killing) -> None:
        self._k = kernel
        self._repeating = repeating
        self._killing = killing
        self._look_mono_ns = 0
        self._near: set[tuple[str, ...]] = set()
        self._warned: dict[tuple[str, ...], int] = {}

    # --- at the start, at a fill, and in between -------------------------------------------------

    def start(self) -> None:
        """Remember the fills of before the restart that may still be in a window."""
        for fill in self._k.book.fills:
            if fill.strategy:
                self._count(fill)

    def look(self, records: Iterable[object]) -> None:
        """Look at what was just recorded: fills are counted and may halt at once."""
        for record in records:
            if type(record) is r.FillRecord and record.strategy:
                self._filled(record)

    def armed(self, records: Iterable[object]) -> None:
        """Look at what an operator did: an armed strategy's window begins anew, also after a restart."""
        executions = self._k.executions
        for record in records:
            if type(record) is r.TradingStateChanged and record.level is TradingStateWord.ACTIVE:
                for key in [key for key in executions if strategy_scope(key[0]) == record.scope]:
                    del executions[key]

    def due(self) -> None:
        """Look at everything else; to be called several times a second."""
        k = self._k
        if k.now.mono_ns < self._look_mono_ns:
            return
        self._look_mono_ns = k.now.mono_ns + LOOK_INTERVAL_NS
        self._roll_day()
        self._mark()
        every = tuple(pairs(k))
        self._weigh(every)
        self._compare(every)
        self._end_old_orders(every)

    # --- fills (PT-14) ---------------------------------------------------------------------------

    def _filled(self, fill: r.FillRecord) -> None:
        k, strategy, instrument = self._k, fill.strategy, fill.instrument
        limits = k.limits(strategy, instrument)
        if limits.max_executions:
            meter = self._count(fill)
            for rate in limits.max_executions:
                if meter is not None and meter.is_full(rate, k.now.mono_ns):
                    self._halt_for_executions(strategy, instrument, rate)
                    break
        if limits.account.max_loss is not None or limits.strategy.max_loss is not None:
            for kind, owner in ((OwnerKind.ACCOUNT, fill.account), (OwnerKind.STRATEGY, strategy)):
                k.losses[kind, owner] = self._losses(kind, owner)
            self._judge_both(strategy, fill.account, limits)

    def _count(self, fill: r.FillRecord) -> RateMeter | None:
        """Count a fill in its strategy's window, when that can matter."""
        k, key = self._k, (fill.strategy, fill.instrument)
        rates = k.limits(*key).max_executions
        if not rates:
            return None
        age_ns = max(k.now.wall_ns - fill.ts_ns, 0)
        if fill.source is r.Source.RECONCILE and 0 < fill.venue_ts_ns < fill.ts_ns:
            age_ns = k.now.wall_ns - fill.venue_ts_ns  # it is told late, and was not made now
        meter = k.executions.get(key)
        if meter is None:
            meter = k.executions[key] = RateMeter()
        if age_ns < max(rate.window_s for rate in rates) * NS:
            meter.add(k.now.mono_ns - age_ns)
        return meter

    def _halt_for_executions(self, strategy: str, instrument: str, rate: Rate) -> None:
        reason = f"{rate.count} fills of {instrument}, limit {rate.count} in {rate.window_s} s"
        if self._halt(strategy_scope(strategy), reason, strategy):
            self._k.executions.pop((strategy, instrument), None)  # after a re-arm they begin anew

    # --- the day (PT-26) -------------------------------------------------------------------------

    def _roll_day(self) -> None:
        k, number = self._k, self._k.book.risk.day.number
        today = day_of(k.now.wall_ns, k.risk.day_begins)
        if number is None or today > number:
            k.record(r.DayBegan(number=today, ts_ns=k.now.wall_ns))

    def _mark(self) -> None:
        """Give positions that were open when the day began, or adopted, the price of now."""
        k = self._k
        marks: list[r.Mark] = []
        for kind, owner, instrument in k.book.risk.day.unmarked:
            ledger = k.book.accounts if kind is OwnerKind.ACCOUNT else k.book.strategies
            position = ledger.find(owner, instrument)
            price = mark_of(k, instrument)
            if price is None and position is not None and not position.quantity:
                price = ZERO
            if price is not None and len(marks) < MARKS_MAX:
                marks.append(r.Mark(kind=kind, owner=owner, instrument=instrument, price=price))
        if marks:
            k.record(r.Marked(marks=tuple(marks), ts_ns=k.now.wall_ns))

    def _weigh(self, every: Sequence[Pair]) -> None:
        """Compute the day's losses anew, and halt who has lost too much."""
        k = self._k
        limited = [
            each
            for each in every
            if each[3].account.max_loss is not None or each[3].strategy.max_loss is not None
        ]
        if not limited:
            k.losses.clear()
            return
        k.losses = {
            **{
                (OwnerKind.ACCOUNT, name): self._losses(OwnerKind.ACCOUNT, name) for name in k.links
            },
            **{
                (OwnerKind.STRATEGY, name): self._losses(OwnerKind.STRATEGY, name)
                for name in dict.fromkeys((*k.settings.strategies, *(each[0] for each in every)))
            },
        }
        for strategy, account, _, limits in limited:
            self._judge_both(strategy, account, limits)

    def _losses(self, kind: OwnerKind, owner: str) -> dict[str, Decimal]:
        k = self._k
        ledger = k.book.accounts if kind is OwnerKind.ACCOUNT else k.book.strategies
        held = ledger.of(owner).items()
        return losses(
            k.book.risk.day, kind, owner, ((name, each, mark_of(k, name)) for name, each in held)
        )

    def _judge_both(self, strategy: str, account: str, limits: Effective) -> None:
        scope = account_scope(account)
        self._judge((OwnerKind.ACCOUNT, account), limits.account.max_loss, scope)
        own = strategy_scope(strategy)
        self._judge((OwnerKind.STRATEGY, strategy), limits.strategy.max_loss, own)

    def _judge(
        self, whose: tuple[OwnerKind, str], limit: Mapping[str, Decimal] | None, scope: str
    ) -> None:
        for currency, lost in self._k.losses.get(whose, {}).items():
            most = None if limit is None else limit.get(currency)
            if most is not None and lost > most:
                text = f"lost {plain(shown(lost))} {currency} today, limit {plain(most)}"
                self._halt(scope, f"{text} ({whose[0].value} {whose[1]})", whose[1])

    # --- orders to fills (PT-27), and what is nearly reached (PT-31) -----------------------------

    def _compare(self, every: Sequence[Pair]) -> None:
        k, near = self._k, set()
        for usage in usages(k, every):
            if usage.limit == "max_order_to_fill" and usage.used > usage.most:
                used = plain(shown(usage.used))
                reason = f"{used} messages for each fill of {usage.subject}, limit {usage.most}"
                self._halt(strategy_scope(usage.owner), reason, usage.owner)
            if usage.reaches(FAR):
                near.add(usage.key)
            if usage.reaches(NEAR) and usage.key not in self._near:
                self._near.add(usage.key)
                self._warn(usage)
        self._near &= near

    def _warn(self, usage: Usage) -> None:
        k, last_ns = self._k, self._warned.get(usage.key)
        if last_ns is not None and k.now.mono_ns - last_ns < WARN_AGAIN_NS:
            return
        self._warned[usage.key] = k.now.mono_ns
        of = f" {usage.subject}" if usage.subject else ""
        used = plain(shown(usage.used))
        text = f"{usage.limit}{of}: {used} of {plain(usage.most)} used ({usage.kind} {usage.owner})"
        account = usage.owner if usage.kind is OwnerKind.ACCOUNT else ""
        self._alarm(r.AlarmKind.LIMIT_NEAR, account, usage.owner, text)

    # --- how long orders may live (PT-23) --------------------------------------------------------

    def _end_old_orders(self, every: Sequence[Pair]) -> None:
        limited = {each[0] for each in every if each[3].order_life_s_max is not None}
        for strategy in sorted(limited):
            old = [o for o in self._k.book.orders.open_of_strategy(strategy) if self._is_old(o)]
            if old:
                self._repeating.cancel(old, by=ROUTER, reason="open longer than order_life_s_max")

    def _is_old(self, order: Order) -> bool:
        life_s = self._k.limits(order.strategy, order.instrument).order_life_s_max
        if life_s is None or order.pending is Pending.CANCEL or order.is_unanswered:
            return False
        return self._k.now.wall_ns - order.created_ns > life_s * NS

    # --- acting ----------------------------------------------------------------------------------

    def _halt(self, scope: str, reason: str, subject: str) -> bool:
        """Halt a scope that is not halted yet; whether it was done now."""
        moved = self._killing.trip(scope, TradingStateWord.HALTED, by=ROUTER, reason=reason)
        if moved:
            self._alarm(r.AlarmKind.HALTED, "", subject, f"{scope} is halted: {reason}")
        return moved

    def _alarm(self, kind: r.AlarmKind, account: str, subject: str, text: str) -> None:
        alarm = r.AlarmRecord(
            kind=kind, account=account, subject=subject, text=text, ts_ns=self._k.now.wall_ns
        )
        try:
            self._k.record(alarm)
        except NOT_RECORDED:  # the halt stands all the same
            self._k.counters["alarm_not_recorded"] += 1
