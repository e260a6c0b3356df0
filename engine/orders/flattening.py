"""Becoming flat: open orders of a scope are cancelled, then its positions closed, until nothing is left.

Orders that close belong to whoever holds the position, pass every control, and only ever reduce. Part
of an account's position that nobody holds is first claimed for the operator. A job is soft state: it is
gone with the router's boot, and whoever asked for it asks again; what it did is in the journal.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from math import inf
from typing import NamedTuple

import attrs

from engine.messages.orders import SubmitIntent
from engine.model.enums import (
    Certainty,
    Mode,
    OrdType,
    Side,
    TimeInForce,
    TradingStateWord,
)
from engine.model.instrument import Instrument
from engine.model.money import ZERO, decimal_of_float, plain
from engine.orders import records as r
from engine.orders.byhand import intent_by_hand, numbered_intent_id
from engine.orders.exact import add, multiply, subtract, value_of
from engine.orders.kernel import Kernel
from engine.orders.link import Link
from engine.orders.order import Order
from engine.orders.owners import OPERATOR_OWNER, mode_of, rights_of
from engine.orders.placer import Placer
from engine.orders.repeating import Repeating
from engine.orders.settings import StrategyRights
from engine.risk.codes import Denial
from engine.risk.limits import Effective
from engine.risk.rates import NS

STEP_NS = NS // 2
"""Between two looks at a job: a venue answers a cancel in less."""

JOBS_MAX = 50
"""Jobs that run, or are remembered for those who ask how far they are."""

TOO_MANY = f"{JOBS_MAX} flattenings are running: wait for one of them to end, then ask again"

LIMIT_DISTANCE = Decimal("0.01")
"""How far a closing limit order may be from the reference price where no collar says so."""


class Stage(StrEnum):
    """How far a job is."""

    CANCELLING = "cancelling"
    CLOSING = "closing"
    FLAT = "flat"
    TIMED_OUT = "timed_out"
    STOPPED = "stopped"


RUNNING = frozenset({Stage.CANCELLING, Stage.CLOSING})


@attrs.frozen(kw_only=True)
class Scope:
    """What to flatten: everything that matches all that is not empty."""

    strategy: str = ""
    venue: str = ""
    account: str = ""
    instrument: str = ""

    def covers(self, link: Link, instrument: str, owner: str) -> bool:
        """Whether an owner's orders and positions in an instrument of an account are meant."""
        pairs = (
            (self.strategy, owner),
            (self.venue, link.venue),
            (self.account, link.account),
            (self.instrument, instrument),
        )
        return all(wanted in ("", found) for wanted, found in pairs)


@attrs.frozen(kw_only=True)
class Holding:
    """A position of one owner that is to be closed."""

    owner: str
    mode: Mode
    link: Link
    instrument: str
    quantity: Decimal


class _Dust(NamedTuple):
    """A position that no order can make smaller, and what that depends on."""

    quantity: Decimal
    definition: Instrument | None
    limits_revision: int


@attrs.define(eq=False, kw_only=True)
class Job:
    """One flattening; `note` says what it waits for."""

    number: int
    scope: Scope
    by: str
    reason: str
    deadline_mono_ns: float
    stage: Stage = Stage.CANCELLING
    note: str = ""
    next_mono_ns: int = 0
    closing: set[str] = attrs.field(factory=set)

    @property
    def is_running(self) -> bool:
        """Whether there is something left to do."""
        return self.stage in RUNNING


class Flattener:
    """Runs jobs; `due` several times a second."""

    def __init__(self, kernel: Kernel, repeating: Repeating, placer: Placer) -> None:
        self._k = kernel
        self._repeating = repeating
        self._placer = placer
        self._jobs: dict[int, Job] = {}
        self._started = 0
        self._dust: dict[tuple[str, str], _Dust] = {}

    # --- jobs ----------------------------------------------------------------------------------

    def start(self, scope: Scope, *, by: str, reason: str, within_s: float = inf) -> Job:
        """Begin; its first step is taken at once. Stopped at once while `JOBS_MAX` are running."""
        k = self._k
        self._started += 1
        deadline = k.now.mono_ns + within_s * NS
        job = Job(
            number=self._started, scope=scope, by=by, reason=reason, deadline_mono_ns=deadline
        )
        if not self._make_room():
            self.stop(job, TOO_MANY)
            return job
        self._jobs[job.number] = job
        self._step(job)
        return job

    @property
    def is_full(self) -> bool:
        """Whether no further job can begin now."""
        running = sum(job.is_running for job in self._jobs.values())
        return running >= JOBS_MAX

    def stop(self, job: Job, why: str) -> None:
        """Begin nothing further for it."""
        if job.is_running:
            job.stage, job.note = Stage.STOPPED, why

    def find(self, number: int) -> Job | None:
        """A job of this boot."""
        return self._jobs.get(number)

    def due(self) -> None:
        """Take the next step of each job; JournalError leaves the rest for the next time."""
        for job in list(self._jobs.values()):
            if job.is_running and self._k.now.mono_ns >= job.next_mono_ns:
                self._step(job)

    def _make_room(self) -> bool:
        """Forget the oldest that has ended, where needed; False when all are running."""
        if len(self._jobs) < JOBS_MAX:
            return True
        ended = next((job.number for job in self._jobs.values() if not job.is_running), None)
        if ended is not None:
            del self._jobs[ended]
        return ended is not None

    # --- what there is -------------------------------------------------------------------------

    def open_orders(self, scope: Scope) -> list[Order]:
        """Our orders in the scope that may still trade; strangers' orders are not ours to touch."""
        k = self._k
        return [
            order
            for link in k.links.values()
            for order in k.book.orders.open_of_account(link.account)
            if order.strategy and scope.covers(link, order.instrument, order.strategy)
        ]

    def strangers(self, scope: Scope) -> list[Order]:
        """Open orders in the scope that nobody has claimed."""
        k = self._k
        return [
            order
            for link in k.links.values()
            for order in k.book.orders.open_of_account(link.account)
            if not order.strategy and scope.covers(link, order.instrument, "")
        ]

    def holdings(self, scope: Scope) -> list[Holding]:
        """Owners' positions in the scope that are not flat."""
        found = []
        for owner, instrument, position in self._k.book.strategies:
            mode = mode_of(self._k, owner)
            link = self._k.link_of(instrument, mode)
            if position.quantity and link and scope.covers(link, instrument, owner):
                holding = Holding(
                    owner=owner,
                    mode=mode,
                    link=link,
                    instrument=instrument,
                    quantity=position.quantity,
                )
                found.append(holding)
        return found

    def is_flat(self, owner: str) -> bool:
        """Whether nothing of the owner's can be made any smaller, as far as was tried."""
        return all(
            not position.quantity or self._is_dust(owner, instrument, position.quantity)
            for instrument, position in self._k.book.strategies.of(owner).items()
        )

    def _is_dust(self, owner: str, instrument: str, quantity: Decimal) -> bool:
        return self._dust.get((owner, instrument)) == self._dust_of(instrument, quantity)

    def _dust_of(self, instrument: str, quantity: Decimal) -> "_Dust":
        book = self._k.book
        return _Dust(quantity, book.instruments.get(instrument), book.risk.revision)

    def unowned(self, scope: Scope) -> Iterator[Holding]:
        """What accounts in the scope hold beyond their owners' positions."""
        k = self._k
        held: dict[tuple[str, str], Decimal] = {}
        for each in self.holdings(Scope()):
            key = (each.link.account, each.instrument)
            held[key] = add(held.get(key, ZERO), each.quantity)
        for account, instrument, position in k.book.accounts:
            link = k.links.get(account)
            if link is None or link.settings.mode is not mode_of(k, OPERATOR_OWNER):
                continue
            rest = subtract(position.quantity, held.get((account, instrument), ZERO))
            if rest and scope.covers(link, instrument, OPERATOR_OWNER):
                yield Holding(
                    owner=OPERATOR_OWNER,
                    mode=link.settings.mode,
                    link=link,
                    instrument=instrument,
                    quantity=rest,
                )

    def halted(self, scope: Scope) -> str:
        """Why nothing in the scope could be closed now, and what to do; empty when it could."""
        for each in [*self.holdings(scope), *self.unowned(scope)]:
            state, reason = self._k.trading_state(each.link.venue, each.owner, each.link.account)
            if state in (TradingStateWord.HALTED, TradingStateWord.KILLED):
                return (
                    f"trading is {state} for {each.owner} ({reason}), so nothing can be closed; "
                    "`arm --level reducing` on the same scope lets through what makes positions "
                    "smaller"
                )
        return ""

    # --- one step ------------------------------------------------------------------------------

    def _step(self, job: Job) -> None:
        k = self._k
        job.next_mono_ns = k.now.mono_ns + STEP_NS
        if self._cancel(job):
            job.stage = Stage.CANCELLING
        elif self._close(job):
            job.stage = Stage.CLOSING
        else:
            job.stage, job.note = Stage.FLAT, ""
            return
        if k.now.mono_ns >= job.deadline_mono_ns:
            job.stage = Stage.TIMED_OUT

    def _cancel(self, job: Job) -> bool:
        """Cancel what is open, again from time to time; whether anything is."""
        orders = [o for o in self.open_orders(job.scope) if o.client_order_id not in job.closing]
        if not orders:
            return False
        doubts = sum(order.certainty is Certainty.UNKNOWN for order in orders)
        job.note = f"{len(orders)} orders are open, {doubts} of them in doubt"
        self._repeating.cancel(orders, by=job.by, reason=f"flatten: {job.reason}")
        return True

    def _close(self, job: Job) -> bool:
        """Close what is held; whether there is anything left."""
        if not job.scope.strategy or job.scope.strategy == OPERATOR_OWNER:
            for rest in list(self.unowned(job.scope)):
                self._claim(rest, job)
        notes = [note for each in self.holdings(job.scope) if (note := self._shrink(each, job))]
        job.note = "; ".join(notes)
        return bool(notes)

    def _claim(self, rest: Holding, job: Job) -> None:
        k = self._k
        position = k.book.accounts.find(rest.link.account, rest.instrument)
        record = r.PositionClaimed(
            account=rest.link.account,
            owner=rest.owner,
            instrument=rest.instrument,
            quantity=rest.quantity,
            avg_px=ZERO if position is None else position.avg_px,
            by=job.by,
            reason=f"flatten: {job.reason}",
            ts_ns=k.now.wall_ns,
        )
        k.record(record)

    def _shrink(self, each: Holding, job: Job) -> str:
        """Have one order at a time make the position smaller; what is being waited for."""
        k, name = self._k, f"{each.owner} holds {plain(each.quantity)} {each.instrument}"
        under_way = k.book.orders.open_of_strategy(each.owner)
        if any(o.instrument == each.instrument for o in under_way):
            return f"{name}: closing"
        rights = StrategyRights(instruments=(each.instrument,), mode=each.mode)
        rights = rights_of(k, each.owner) or rights
        intent = self._intent(each, job)
        if intent is None:
            return f"{name}: the instrument is not known"
        if not intent.quantity:
            # Less than any order can be: flat as far as it can be, until something about it changes.
            key = (each.owner, each.instrument)
            self._dust[key] = self._dust_of(each.instrument, each.quantity)
            return ""
        placed = self._placer.place(intent, rights)
        if isinstance(placed, Denial):
            k.counters["flatten_denied"] += 1
            return f"{name}: {placed.code.value} {placed.text}"
        job.closing.add(placed.client_order_id)
        return f"{name}: closing"

    def _intent(self, each: Holding, job: Job) -> SubmitIntent | None:
        k = self._k
        definition = k.book.instruments.get(each.instrument)
        if definition is None:
            return None
        limits = k.limits(each.owner, each.instrument)
        can = each.link.settings.capabilities
        side = Side.SELL if each.quantity > ZERO else Side.BUY
        market = limits.market_orders and OrdType.MARKET in can.ord_types
        price = None if market else self._marketable(definition, side, limits)
        times = (TimeInForce.GTC, TimeInForce.IOC) if market else (TimeInForce.IOC,)
        return intent_by_hand(
            k,
            intent_id=numbered_intent_id(k),
            owner=each.owner,
            instrument=each.instrument,
            side=side,
            ord_type=OrdType.MARKET if market else OrdType.LIMIT,
            quantity=self._portion(abs(each.quantity), definition, limits, market=market),
            price=price,
            time_in_force=next((t for t in times if t in can.times_in_force), TimeInForce.DAY),
            reduce_only=can.reduce_only,
            note=f"flatten: {job.reason}",
        )

    def _marketable(self, definition: Instrument, side: Side, limits: Effective) -> Decimal | None:
        """A limit that trades at once unless the market runs away; None without a reference."""
        reference = self._k.references.get(definition.id)
        if reference is None or not reference.price > 0.0:
            return None
        away = min(limits.price_collar or LIMIT_DISTANCE, LIMIT_DISTANCE)
        base = decimal_of_float(reference.price)
        if side is Side.BUY:
            return definition.price_down(multiply(base, add(Decimal(1), away)))
        return definition.price_up(multiply(base, subtract(Decimal(1), away)))

    def _portion(
        self, wanted: Decimal, definition: Instrument, limits: Effective, *, market: bool
    ) -> Decimal:
        """As much of it as one order may be; zero when it is less than the smallest order."""
        bounds = [wanted, limits.max_order_quantity, definition.max_quantity]
        if market:
            bounds.append(definition.max_market_quantity)
        worst = self._k.worst_price(definition.id, None, None)
        notional = (limits.max_order_notional or {}).get(definition.currency)
        if worst and notional is not None:
            unit = value_of(worst, Decimal(1), definition.multiplier)
            bounds.append(notional / unit / add(Decimal(1), LIMIT_DISTANCE))
        quantity = definition.quantity_down(min(each for each in bounds if each is not None))
        return quantity if quantity >= definition.min_quantity else ZERO
