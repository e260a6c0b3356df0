"""All money state, as a fold over journal records: apply them in order and you have it.

Recovery, replay and running are the same code: nothing here decides, looks at a clock or depends on
anything but the records, so one journal gives one state, byte for byte (`dump.dump`). Applying a
record returns the reports it leads to; they may be sent once the record is in the journal.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import attrs

from engine.errors import InvariantViolation
from engine.messages.orders import ExecutionReport, PositionReport
from engine.model.enums import Certainty, ExecType, Lifecycle, Side
from engine.model.instrument import Instrument
from engine.orders import records as r
from engine.orders.day import OwnerKind
from engine.orders.dedupe import Answer, Intents
from engine.orders.denials import Denials
from engine.orders.exact import add, multiply
from engine.orders.exposure import Exposure, reservation_of
from engine.orders.ledger import FillContent, FillKeys, Ledger, Position
from engine.orders.order import Order
from engine.orders.placing import external_order, planned_order
from engine.orders.reports import (
    REPORTS_MAX,
    Reports,
    denial_of,
    exec_type_of,
    position_report,
    report_of,
)
from engine.orders.revising import apply_bust, apply_correction, corrected_fill
from engine.orders.riskstate import RECORDS as RISK_RECORDS
from engine.orders.riskstate import RiskState
from engine.orders.settings import OPERATOR_OWNER
from engine.orders.state import ALARMED_VERDICTS, OF_CANCELS, Event, State, Verdict, step
from engine.orders.store import OrderStore
from engine.risk.killswitch import KillSwitch, Setting

ALARMS_MAX = 500
"""Alarms kept for the operator's screen; the journal has all."""

RECENT_FILLS_MAX = 5_000
"""Fills kept for the operator's screen; the index has all."""

UNDEFINED_MULTIPLIER = Decimal(1)
"""Of an instrument only the venue's external orders name, before its definition is known."""

ACTS_MAX = 1_000
"""Operators' acts remembered against being done twice; a request is repeated within seconds."""

Report = ExecutionReport | PositionReport


@attrs.define(eq=False)
class StrategyFigures:
    """What one strategy did, and its reports."""

    intents: int = 0
    denied: int = 0
    orders: int = 0
    fills: int = 0
    reports: Reports = attrs.field(factory=Reports)


@attrs.define(eq=False)
class Boot:
    """The router's boot in service; `planned` counts its client order ids."""

    router_boot: int = 0
    number: int = 0
    salt: int = 0
    planned: int = 0


class BookOfOrders:
    """The state; change it by `apply` alone."""

    def __init__(self) -> None:
        self.boot = Boot()
        self.orders = OrderStore()
        self.intents = Intents()
        self.instruments: dict[str, Instrument] = {}
        self.accounts = Ledger()
        self.strategies = Ledger()
        self.account_exposure = Exposure()
        self.strategy_exposure = Exposure()
        self.risk = RiskState()
        self.fill_keys = FillKeys()
        self.switch = KillSwitch()
        self.limits_version = 0
        self.limits_text = ""
        self.reconciled_ns: dict[str, int] = {}
        self.unproven: dict[str, str] = {}
        self.figures: dict[str, StrategyFigures] = {}
        self.denials = Denials()
        self.alarms: deque[r.AlarmRecord] = deque(maxlen=ALARMS_MAX)
        self.alarm_counts: Counter[str] = Counter()
        self.fills: deque[r.FillRecord] = deque(maxlen=RECENT_FILLS_MAX)
        self.acts: OrderedDict[str, r.OperatorAct] = OrderedDict()
        self.declared: dict[str, r.OwnerDeclared] = {}
        self.absences: dict[str, r.OwnerAbsence] = {}
        self.applied = 0
        self.lifecycles: Counter[Lifecycle] = Counter()
        self._appliers: Mapping[type, Callable[[Any], list[Report]]] = {
            r.BootRecord: self._boot,
            r.LimitsVersion: self._limits,
            r.InstrumentRecord: self._instrument,
            r.StrategyBoot: self._strategy_boot,
            r.ReportSeenRecord: self._report_seen,
            r.PlannedOrder: self._planned,
            r.DeniedOrder: self._denied,
            r.CancelPlanned: self._cancel_planned,
            r.ReplacePlanned: self._replace_planned,
            r.DeniedReplace: self._denied_replace,
            r.OrderEventRecord: self._order_event,
            r.FillRecord: self._fill,
            r.BustRecord: self._bust,
            r.CorrectionRecord: self._correction,
            r.FillVoided: self._fill_voided,
            r.ExternalOrder: self._external,
            r.PositionAdopted: self._adopted,
            r.ReconcileResult: self._reconciled,
            r.PositionsUnproven: self._positions_unproven,
            r.TradingStateChanged: self._trading_state,
            r.AlarmRecord: self._alarm,
            r.FillsKnown: self._fills_known,
            r.OperatorAct: self._operator_act,
            r.OrderClaimed: self._order_claimed,
            r.PositionClaimed: self._position_claimed,
            r.OwnerDeclared: self._owner_declared,
            r.OwnerAbsence: self._owner_absence,
            **dict.fromkeys(RISK_RECORDS, self._risk),
        }

    def apply(self, record: object) -> list[Report]:
        """Take one record in; the reports it leads to, in order."""
        applier = self._appliers.get(type(record))
        if applier is None:
            raise InvariantViolation(f"{type(record).__name__} is not a record of the router")
        self.applied += 1
        return applier(record)

    def figures_of(self, strategy: str) -> StrategyFigures:
        """The strategy's figures, begun at its first mention."""
        figures = self.figures.get(strategy)
        if figures is None:
            figures = self.figures[strategy] = StrategyFigures()
        return figures

    def terms_of(self, instrument: str) -> tuple[Decimal, str]:
        """Multiplier and currency of an instrument."""
        definition = self.instruments.get(instrument)
        if definition is None:
            return UNDEFINED_MULTIPLIER, ""
        return definition.multiplier, definition.currency

    # --- the router and what it stands on ------------------------------------------------------

    def _boot(self, record: r.BootRecord) -> list[Report]:
        self.boot = Boot(record.router_boot, record.number, record.salt)
        return []

    def _limits(self, record: r.LimitsVersion) -> list[Report]:
        self.limits_version, self.limits_text = record.version, record.text
        return []

    def _instrument(self, record: r.InstrumentRecord) -> list[Report]:
        definition = record.definition
        before = self.terms_of(definition.id)
        self.instruments[definition.id] = definition
        if before != (definition.multiplier, definition.currency):
            self._revalue(definition)
        return []

    def _revalue(self, definition: Instrument) -> None:
        """What is reserved and held was valued by another definition, or by none."""
        for order in self.orders:
            if order.instrument == definition.id:
                self._reserve(order)
        for kind, ledger in self._ledgers().items():
            for owner, instrument, position in ledger:
                if instrument == definition.id and not position.currency:
                    position.define(definition.multiplier, definition.currency)
                    self.risk.hold(kind, owner, instrument, position)

    def _strategy_boot(self, record: r.StrategyBoot) -> list[Report]:
        self.intents.serve(record.strategy, record.boot)
        self.figures_of(record.strategy).reports.see(record.report_seen)
        return []

    def _report_seen(self, record: r.ReportSeenRecord) -> list[Report]:
        self.figures_of(record.strategy).reports.see(record.through)
        return []

    # --- intents -------------------------------------------------------------------------------

    def _planned(self, record: r.PlannedOrder) -> list[Report]:
        intent, order = record.intent, planned_order(record, self.applied)
        self.boot.planned += 1
        answer = Answer(client_order_id=record.client_order_id)
        self.intents.add(intent.strategy, intent.boot, intent.counter, answer)
        figures = self.figures_of(intent.strategy)
        figures.intents += 1
        figures.orders += 1
        self.orders.add(order)
        self.lifecycles[order.lifecycle] += 1
        self._reserve(order)
        self.risk.day.count(order.strategy, order.instrument, messages=1)
        return []

    def _denied(self, record: r.DeniedOrder) -> list[Report]:
        intent = record.intent
        figures = self.figures_of(intent.strategy)
        figures.intents += 1
        figures.denied += 1
        self.denials.add(record)
        self.lifecycles[Lifecycle.DENIED] += 1
        number = figures.reports.last + 1
        report = denial_of(intent, record.code, record.text, number=number, ts_ns=record.ts_ns)
        _keep(figures.reports, report)
        answer = Answer(denial=number)
        self.intents.add(intent.strategy, intent.boot, intent.counter, answer)
        return [report]

    def _cancel_planned(self, record: r.CancelPlanned) -> list[Report]:
        if record.intent_id:
            self._answered(record.strategy, record.boot, record.counter, Answer())
        reports: list[Report] = []
        for target in record.targets:
            order = self.orders.take(target)
            order.request_ns = record.ts_ns
            self._set(order, _requested(order, Event.CANCEL_PLANNED), record.ts_ns)
            self.risk.day.count(record.strategy, order.instrument, messages=1)
            reports += self._report(
                order, ExecType.PENDING_CANCEL, record.ts_ns, text=record.reason
            )
        return reports

    def _replace_planned(self, record: r.ReplacePlanned) -> list[Report]:
        intent, order = record.intent, self.orders.take(record.client_order_id)
        self._answered(intent.strategy, intent.boot, intent.counter, Answer())
        order.request_ns = record.ts_ns
        order.replace_quantity, order.replace_price = record.quantity, record.price
        self.risk.day.count(order.strategy, order.instrument, messages=1)
        self._set(order, _requested(order, Event.REPLACE_PLANNED), record.ts_ns)
        return self._report(order, ExecType.PENDING_REPLACE, record.ts_ns)

    def _denied_replace(self, record: r.DeniedReplace) -> list[Report]:
        intent, figures = record.intent, self.figures_of(record.intent.strategy)
        figures.denied += 1
        self.denials.add(record)
        order = self.orders.get(record.client_order_id) if record.client_order_id else None
        if order is None:
            self._answered(intent.strategy, intent.boot, intent.counter, Answer())
            return []
        reports = self._report(
            order, ExecType.REPLACE_REJECTED, record.ts_ns, code=record.code, text=record.text
        )
        answer = Answer(denial=figures.reports.last)
        self._answered(intent.strategy, intent.boot, intent.counter, answer)
        return reports

    def _answered(self, strategy: str, boot: int, counter: int, answer: Answer) -> None:
        self.figures_of(strategy).intents += 1
        self.intents.add(strategy, boot, counter, answer)

    # --- what came of them ---------------------------------------------------------------------

    def _order_event(self, record: r.OrderEventRecord) -> list[Report]:
        order = self.orders.take(record.client_order_id)
        if record.verdict in ALARMED_VERDICTS:
            self._alarm_of(record.verdict, order, f"{record.event} {record.text}", record.ts_ns)
        if record.venue_order_id:
            order.venue_order_id = record.venue_order_id
        was_unknown = order.certainty is Certainty.UNKNOWN
        order.venue_cum_qty = record.venue_cum_qty
        if record.quantity != order.quantity or record.price != order.price:
            order.quantity, order.price = record.quantity, record.price
            order.reserve_price = order.reserve_price if record.price is None else record.price
        if not record.replacing:
            order.replace_quantity = order.replace_price = None
        order.code, order.text = record.code, record.text
        state = State(record.lifecycle, record.pending, record.certainty)
        self._set(order, state, record.ts_ns)
        if record.source is not r.Source.ROUTER and record.event not in OF_CANCELS:
            order.touched = self.applied
        if record.verdict in (Verdict.CONTRADICTION, Verdict.IGNORE):
            return []
        kind = exec_type_of(record.event, was_unknown=was_unknown)
        return self._report(order, kind, record.ts_ns)

    def _fill(self, record: r.FillRecord) -> list[Report]:
        order = self.orders.take(record.client_order_id)
        if record.verdict in ALARMED_VERDICTS:
            text = f"fill of {record.last_qty} at {record.last_px}, {record.cum_qty} in all"
            self._alarm_of(record.verdict, order, text, record.ts_ns)
        content = FillContent(order.client_order_id, order.side, record.last_qty, record.last_px)
        self.fill_keys.add(record.account, record.fill_key, content)
        self.fills.append(record)
        order.cum_qty = record.cum_qty
        order.cost = add(order.cost, multiply(record.last_qty, record.last_px))
        if record.venue_order_id:
            order.venue_order_id = record.venue_order_id
        state = State(record.lifecycle, record.pending, record.certainty)
        self._set(order, state, record.ts_ns)
        order.touched = self.applied
        self._move_positions(order, record)
        if not order.strategy:
            return []
        self.figures_of(order.strategy).fills += 1
        kind = exec_type_of(record.event, was_unknown=False)
        # The position first: whoever hears that an order is over must not see the position before it.
        return [
            self._position_report(order.strategy, order.instrument),
            *self._report(order, kind, record.ts_ns, fill=record),
        ]

    def _bust(self, record: r.BustRecord) -> list[Report]:
        order = self.orders.take(record.client_order_id)
        trade_id = next((f.trade_id for f in self._recent(record.account, record.fill_key)), "")
        self.fill_keys.add(record.account, record.fill_key, None)  # never again, either way
        apply_bust(order, self._positions(order), record)
        self._revised(order, record, r.AlarmKind.BUST)
        return self._revision_reports(order, ExecType.TRADE_BUSTED, record, trade_id=trade_id)

    def _correction(self, record: r.CorrectionRecord) -> list[Report]:
        order = self.orders.take(record.client_order_id)
        if record.verdict in ALARMED_VERDICTS:
            self._alarm_of(record.verdict, order, f"corrected: {record.reason}", record.ts_ns)
        content = FillContent(order.client_order_id, order.side, record.last_qty, record.last_px)
        self.fill_keys.add(record.account, record.corrects, None)
        self.fill_keys.add(record.account, record.fill_key, content)
        for fill in self._recent(record.account, record.corrects):
            self.fills[self.fills.index(fill)] = corrected_fill(fill, record)
        apply_correction(order, self._positions(order), record)
        self._revised(order, record, r.AlarmKind.CORRECTION)
        return self._revision_reports(order, ExecType.TRADE_CORRECTED, record, fill=record)

    def _fill_voided(self, record: r.FillVoided) -> list[Report]:
        self.fill_keys.add(record.account, record.fill_key, None)
        order = self.orders.get(record.client_order_id)
        if order is not None:
            order.venue_cum_qty, order.touched = record.venue_cum_qty, self.applied
            self._set(order, order.state, record.ts_ns)
        text = f"fill {record.fill_key} was never counted: {record.reason}"
        self._note(r.AlarmKind.BUST, record.account, record.client_order_id, text, record.ts_ns)
        return []

    def _recent(self, account: str, fill_key: str) -> list[r.FillRecord]:
        """The fill among those kept for the operator's screen; empty when it is older."""
        return [f for f in self.fills if (f.fill_key, f.account) == (fill_key, account)]

    def _revised(
        self, order: Order, record: r.BustRecord | r.CorrectionRecord, kind: r.AlarmKind
    ) -> None:
        """The order and its positions after the venue thought better of a fill."""
        order.cum_qty = record.cum_qty
        state = State(record.lifecycle, record.pending, record.certainty)
        self._set(order, state, record.ts_ns)
        order.touched = self.applied
        self._note(kind, order.account, order.client_order_id, record.reason, record.ts_ns)
        for position in self._positions(order):
            position.updated_ns, position.touched = record.ts_ns, self.applied
        self.risk.traded(order, self._ledgers())

    def _revision_reports(
        self,
        order: Order,
        exec_type: ExecType,
        record: r.BustRecord | r.CorrectionRecord,
        *,
        fill: r.CorrectionRecord | None = None,
        trade_id: str = "",
    ) -> list[Report]:
        if not order.strategy:
            return []
        text, ts_ns = record.reason, record.ts_ns
        return [
            self._position_report(order.strategy, order.instrument),
            *self._report(order, exec_type, ts_ns, fill=fill, trade_id=trade_id, text=text),
        ]

    def _external(self, record: r.ExternalOrder) -> list[Report]:
        known = self.orders.get(record.client_order_id)
        if known is not None:
            return self._work_on(known, record)
        order = external_order(record, self.applied)
        self.orders.add(order)
        self.lifecycles[order.lifecycle] += 1
        self._reserve(order)
        self._note(
            r.AlarmKind.EXTERNAL_ORDER,
            record.account,
            record.client_order_id,
            f"{record.side} {record.quantity} {record.instrument}, venue order {record.venue_order_id}",
            record.ts_ns,
        )
        return []

    def _work_on(self, order: Order, record: r.ExternalOrder) -> list[Report]:
        """A stranger's order known from its fills only is larger than they were."""
        order.quantity, order.price = record.quantity, record.price
        order.reserve_price, order.touched = record.reserve_price, self.applied
        working = Lifecycle.PARTLY_FILLED if order.cum_qty else Lifecycle.OPEN
        self._set(order, State(working, order.pending, order.certainty), record.ts_ns)
        return self._report(order, ExecType.STATUS, record.ts_ns)

    # --- accounts and alarms -------------------------------------------------------------------

    def _adopted(self, record: r.PositionAdopted) -> list[Report]:
        multiplier, currency = self.terms_of(record.instrument)
        position = self.accounts.open(record.account, record.instrument, multiplier, currency)
        position.adopt(record.quantity, record.avg_px)
        position.updated_ns, position.touched = record.ts_ns, self.applied
        self.risk.adopted(OwnerKind.ACCOUNT, record.account, record.instrument, position)
        return []

    def _fills_known(self, record: r.FillsKnown) -> list[Report]:
        for fill_key in record.fill_keys:
            self.fill_keys.add(record.account, fill_key, None)
        return []

    def _reconciled(self, record: r.ReconcileResult) -> list[Report]:
        if record.ok:
            self.reconciled_ns[record.account] = record.asked_ns
        for text in record.unexplained:
            self._note(r.AlarmKind.UNEXPLAINED, record.account, "", text, record.ts_ns)
        return []

    def _positions_unproven(self, record: r.PositionsUnproven) -> list[Report]:
        self.unproven[record.account] = record.text
        return []

    def _trading_state(self, record: r.TradingStateChanged) -> list[Report]:
        setting = Setting(
            level=record.level, by=record.by, reason=record.reason, ts_ns=record.ts_ns
        )
        self.switch.move(record.scope, setting)
        self.risk.switched(record)
        return []

    def _risk(self, record: object) -> list[Report]:
        self.risk.apply(record, self._ledgers())
        return []

    def _ledgers(self) -> Mapping[OwnerKind, Ledger]:
        return {OwnerKind.ACCOUNT: self.accounts, OwnerKind.STRATEGY: self.strategies}

    def _alarm(self, record: r.AlarmRecord) -> list[Report]:
        self.alarms.append(record)
        self.alarm_counts[record.kind] += 1
        return []

    def _alarm_of(self, verdict: Verdict, order: Order, text: str, ts_ns: int) -> None:
        kind = r.AlarmKind.LATE_FILL if verdict is Verdict.LATE else r.AlarmKind(verdict.value)
        self._note(kind, order.account, order.client_order_id, text, ts_ns)

    def _note(self, kind: r.AlarmKind, account: str, subject: str, text: str, ts_ns: int) -> None:
        alarm = r.AlarmRecord(kind=kind, account=account, subject=subject, text=text, ts_ns=ts_ns)
        self._alarm(alarm)

    # --- operators and owners ------------------------------------------------------------------

    def _operator_act(self, record: r.OperatorAct) -> list[Report]:
        self.acts[record.request_id] = record
        if len(self.acts) > ACTS_MAX:
            self.acts.popitem(last=False)
        return []

    def _order_claimed(self, record: r.OrderClaimed) -> list[Report]:
        order = self.orders.take(record.client_order_id)
        if order.strategy:
            self.strategy_exposure.set(order.strategy, order.client_order_id, None)
        self.orders.claim(order, record.owner)
        order.touched = self.applied
        self._reserve(order)
        return self._report(order, ExecType.STATUS, record.ts_ns, text=record.reason)

    def _position_claimed(self, record: r.PositionClaimed) -> list[Report]:
        multiplier, currency = self.terms_of(record.instrument)
        position = self.strategies.open(record.owner, record.instrument, multiplier, currency)
        side = Side.BUY if record.quantity > 0 else Side.SELL
        position.trade(side, abs(record.quantity), record.avg_px)
        position.updated_ns, position.touched = record.ts_ns, self.applied
        self.risk.adopted(OwnerKind.STRATEGY, record.owner, record.instrument, position)
        return [self._position_report(record.owner, record.instrument)]

    def _owner_declared(self, record: r.OwnerDeclared) -> list[Report]:
        self.declared[record.strategy] = record
        return []

    def _owner_absence(self, record: r.OwnerAbsence) -> list[Report]:
        if record.stage is r.Absence.BACK:
            self.absences.pop(record.strategy, None)
        else:
            self.absences[record.strategy] = record
        return []

    # --- the parts all of them use -------------------------------------------------------------

    def _set(self, order: Order, state: State, ts_ns: int) -> None:
        self.lifecycles[order.lifecycle] -= 1
        self.lifecycles[state.lifecycle] += 1
        order.lifecycle, order.pending = state.lifecycle, state.pending
        order.certainty, order.updated_ns = state.certainty, ts_ns
        self.orders.changed(order)
        self._reserve(order)

    def _reserve(self, order: Order) -> None:
        reservation = reservation_of(order, *self.terms_of(order.instrument))
        self.account_exposure.set(order.account, order.client_order_id, reservation)
        if order.strategy:
            self.strategy_exposure.set(order.strategy, order.client_order_id, reservation)
        self.risk.resting.set(order)

    def _report(
        self,
        order: Order,
        exec_type: ExecType,
        ts_ns: int,
        *,
        fill: r.FillRecord | r.CorrectionRecord | None = None,
        trade_id: str = "",
        code: str | None = None,
        text: str | None = None,
    ) -> list[Report]:
        if not order.strategy:
            return []
        reports = self.figures_of(order.strategy).reports
        number = reports.last + 1
        report = report_of(
            order,
            exec_type,
            number=number,
            ts_ns=ts_ns,
            fill=fill,
            trade_id=trade_id,
            code=code,
            text=text,
        )
        _keep(reports, report)
        return [report]

    def _position_report(self, strategy: str, instrument: str) -> PositionReport:
        position = self.strategies.find(strategy, instrument)
        if position is None:
            raise InvariantViolation(f"{strategy} filled {instrument} and has no position")
        return position_report(strategy, instrument, position)

    def _positions(self, order: Order) -> list[Position]:
        multiplier, currency = self.terms_of(order.instrument)
        name = order.instrument
        positions = [self.accounts.open(order.account, name, multiplier, currency)]
        if order.strategy:
            positions.append(self.strategies.open(order.strategy, name, multiplier, currency))
        return positions

    def _move_positions(self, order: Order, record: r.FillRecord) -> None:
        for position in self._positions(order):
            position.trade(order.side, record.last_qty, record.last_px)
            position.charge(record.fee, record.fee_currency)
            position.fills += 1
            position.updated_ns, position.touched = record.ts_ns, self.applied
        self.risk.traded(order, self._ledgers())
        self.risk.day.count(order.strategy, order.instrument, fills=1)


def _keep(reports: Reports, report: ExecutionReport) -> None:
    # Nobody will ever acknowledge the operator's: they are counted and not kept.
    reports.add(report, 0 if report.strategy == OPERATOR_OWNER else REPORTS_MAX)


def _requested(order: Order, event: Event) -> State:
    return step(order.state, event, order.fullness(order.cum_qty, order.most_quantity)).state
