"""A strategy's process in the simulation: the real blotter, and a plugin that wishes at random.

It greets, repeats and acknowledges as `actors.strategy` does, and keeps a log of its own.
"""

from decimal import Decimal
from typing import Any

from engine.drill.checkers import StrategyEvent, StrategyWord
from engine.drill.simulation.line import Line
from engine.drill.simulation.world import MS, NS, World
from engine.messages.codec import decode, encode
from engine.messages.orders import (
    CancelAllIntent,
    CancelIntent,
    ExecutionReport,
    IntentJournaled,
    ModifyIntent,
    ReportSeen,
    SnapshotEnd,
    SnapshotPart,
    StrategyHello,
    StrategyWelcome,
    SubmitIntent,
    intent_id_of,
)
from engine.model.enums import Lifecycle, Mode, OrdType, Side, TimeInForce
from engine.strategy.blotter import Blotter

REPEAT_INTERVAL_NS = NS
GREETING_INTERVAL_NS = 100 * MS
RESTART_MS = (100.0, 1_500.0)

Intent = SubmitIntent | CancelIntent | ModifyIntent | CancelAllIntent


class StrategyNode:
    """One strategy over its boots."""

    def __init__(self, world: World, name: str, instruments: tuple[str, ...]) -> None:
        self.world = world
        self.name = name
        self.instruments = instruments
        self.log: list[StrategyEvent] = []
        self.router_line: Line | None = None
        self.boot_id = 0
        self.boots = 0
        self.is_up = False
        self.intents: list[Intent] = []
        self.unconfirmed: dict[str, Intent] = {}
        self.blotter = Blotter()
        self.counter = 0
        self.welcomed = False
        self.router_boot = 0
        self.journal = 0
        self._in_snapshot = False

    # --- life ------------------------------------------------------------------------------------

    def boot(self) -> None:
        """A new process, which knows nothing."""
        if self.is_up:
            return
        self.is_up, self.boots = True, self.boots + 1
        self.boot_id = self.world.random.getrandbits(62) | 1
        self.world.note(self.name, f"boot {self.boots}")
        self.blotter, self.unconfirmed, self.intents = Blotter(), {}, []
        self.counter, self.welcomed, self.router_boot, self._in_snapshot = 0, False, 0, False
        self.journal = 0
        self.dial()
        self._speak(self.boots)

    def die(self) -> None:
        """The process ends in the middle of whatever it did."""
        if not self.is_up:
            return
        self.world.note(self.name, "died")
        self.is_up = False
        if self.router_line is not None:
            self.router_line.cut()
        self.world.after(self.world.delay_ns(*RESTART_MS), self.boot)

    def router_is_up(self) -> bool:
        """Set by whoever builds the world."""
        return False

    def dial(self) -> None:
        """Connect to a router that is there."""
        if self.router_line is not None and self.router_is_up():
            self.router_line.connect()

    # --- the router ------------------------------------------------------------------------------

    def linked(self, _line: Line, *, up: bool) -> None:
        """A router is there: it may be a new one, which the supervisor tells."""
        if up and self.is_up:
            self._hello()

    def arrived(self, _line: Line, message: Any) -> None:
        """One message of the router."""
        if not self.is_up:
            return
        decoded = decode(message)
        if not self._is_for_us(decoded):
            return
        if isinstance(decoded, StrategyWelcome):
            self.router_boot = decoded.router_boot
            if decoded.journal != self.journal:
                self.blotter.count_anew()
                self.journal = decoded.journal
        elif isinstance(decoded, IntentJournaled) and decoded.router_boot != self.router_boot:
            self._hello()
        self._take(decoded)
        if isinstance(decoded, SnapshotEnd):
            self.welcomed, self._in_snapshot = True, False
            for intent in list(self.unconfirmed.values()):
                self._send(intent)
        if self.welcomed and self.blotter.misses_reports:
            self._hello()

    def _is_for_us(self, message: Any) -> bool:
        if isinstance(message, StrategyWelcome):
            self._in_snapshot = message.boot == self.boot_id
            return self._in_snapshot
        return self._in_snapshot or not isinstance(message, SnapshotEnd)

    def _take(self, message: Any) -> None:
        match message:
            case IntentJournaled():
                self.unconfirmed.pop(message.intent_id, None)
                self.blotter.journaled(message.intent_id, message.client_order_id)
                self._log(StrategyWord.CONFIRMED, intent_id=message.intent_id)
            case SnapshotEnd():
                self.blotter.snapshot_ends(message.report_number, message.told_before)
                self._log(StrategyWord.RESYNC, number=self.blotter.seen)
            case SnapshotPart():
                for report in message.orders:
                    self._report(report)
            case ExecutionReport():
                self._report(message)

    def _report(self, report: ExecutionReport) -> None:
        self.unconfirmed.pop(report.intent_id, None)
        if self.blotter.take(report) is None:
            return
        denied = report.lifecycle is Lifecycle.DENIED
        self._log(
            StrategyWord.DENIED if denied and not report.number else StrategyWord.REPORT,
            intent_id=report.intent_id,
            client_order_id=report.client_order_id,
            number=report.number,
            lifecycle=report.lifecycle,
            cum_qty=report.cum_qty,
        )

    def _hello(self) -> bool:
        self.welcomed = False
        return self._send(
            StrategyHello(
                strategy=self.name,
                boot=self.boot_id,
                mode=Mode.LIVE,
                report_seen=self.blotter.seen,
                journal=self.journal,
            )
        )

    def _speak(self, boot: int) -> None:
        if boot != self.boots or not self.is_up:
            return
        wait_ns = REPEAT_INTERVAL_NS
        if not self.welcomed:
            wait_ns = REPEAT_INTERVAL_NS if self._hello() else GREETING_INTERVAL_NS
        else:
            before_ns = self.world.mono_ns - REPEAT_INTERVAL_NS
            for intent in list(self.unconfirmed.values()):
                if intent.created_mono_ns < before_ns:
                    self._send(intent)
            seen = self.blotter.seen
            self._send(ReportSeen(strategy=self.name, boot=self.boot_id, through=seen))
        self.world.after(wait_ns, self._speak, boot)

    def _send(self, message: object) -> bool:
        line = self.router_line
        return line is not None and line.send(self, encode(message))

    def _log(self, word: StrategyWord, **details: Any) -> None:
        event = StrategyEvent(
            mono_ns=self.world.mono_ns, word=word, strategy=self.name, boot=self.boot_id, **details
        )
        self.log.append(event)
        self.world.mark(
            f"{self.name} {word} {event.intent_id} {event.number} {event.lifecycle}".encode()
        )
        if self.world.is_traced:
            self.world.note(f"strategy.{self.name}", f"{word} {details}")

    # --- wishes ----------------------------------------------------------------------------------

    def wish(self) -> None:
        """Want something at random."""
        if not self.is_up or not (self.blotter.seen or self.welcomed):
            return
        random = self.world.random
        choice = random.random()
        orders = self.blotter.open_of("")
        if choice < 0.6 or not orders:
            self.submit(Decimal(random.randint(1, 20)), random.choice((Side.BUY, Side.SELL)))
        elif choice < 0.8:
            self.cancel(random.choice(orders).intent_id)
        elif choice < 0.97:
            self._modify(random.choice(orders).intent_id)
        else:
            self._go(CancelAllIntent(instrument="", **self._named()))

    def submit(self, quantity: Decimal, side: Side) -> SubmitIntent:
        """Want a new order."""
        random = self.world.random
        intent = SubmitIntent(
            instrument=random.choice(self.instruments),
            side=side,
            ord_type=OrdType.LIMIT,
            quantity=quantity,
            price=Decimal(random.randint(95, 105)),
            stop_price=None,
            time_in_force=TimeInForce.GTC,
            post_only=False,
            reduce_only=False,
            data_mono_ns=0,
            note="",
            **self._named(),
        )
        self.blotter.add(intent)
        self._go(intent)
        return intent

    def cancel(self, target: str) -> None:
        """Want an order gone."""
        self._go(CancelIntent(target=target, **self._named()))

    def _modify(self, target: str) -> None:
        random = self.world.random
        self._go(
            ModifyIntent(
                target=target,
                quantity=Decimal(random.randint(1, 20)),
                price=Decimal(random.randint(95, 105)),
                data_mono_ns=0,
                **self._named(),
            )
        )

    def again(self) -> None:
        """Say an old wish once more (T-066)."""
        if self.is_up and self.welcomed and self.intents:
            self._send(self.world.random.choice(self.intents))

    def _named(self) -> dict[str, Any]:
        self.counter += 1
        return {
            "intent_id": intent_id_of(self.name, self.boot_id, self.counter),
            "strategy": self.name,
            "boot": self.boot_id,
            "counter": self.counter,
            "created_mono_ns": self.world.mono_ns,
        }

    def _go(self, intent: Any) -> None:
        self.intents.append(intent)
        self.unconfirmed[intent.intent_id] = intent
        self._log(StrategyWord.INVOKED, intent_id=intent.intent_id)
        if self.welcomed:
            self._send(intent)
