"""Orders whose strategy is gone: kept, cancelled, or cancelled and closed, as was declared for it.

A strategy lives as long as anything is heard of it (it acknowledges reports every second). Once it is
silent, or the supervisor has given its process up, its grace time runs, in which a restarted process adopts its orders again; then its policy
applies until it is back. Only time in which a router was there to hear it counts, and it is journaled
by quarters of the grace: a router that is restarted goes on where its predecessor was, and a night in
which nothing ran is no absence. What was declared is journaled too, so it still holds for a strategy
that was removed from the configuration.
"""

from collections.abc import Iterable

from engine.messages.orders import StrategyHello
from engine.model.enums import OnDeath
from engine.orders import records as r
from engine.orders.flattening import Flattener, Scope
from engine.orders.kernel import STRATEGY_PREFIX, Kernel
from engine.orders.order import Order
from engine.orders.owners import OPERATOR_OWNER
from engine.orders.plausible import TEXT_CHARS_MAX
from engine.orders.repeating import Repeating
from engine.orders.settings import GRACE_S
from engine.risk.rates import NS

LOOK_NS = NS // 2
"""Between two looks; grace times are seconds."""

STEPS = 4
"""Records that one grace time leads to: what a restart of the router can lose is a quarter of it."""

GIVEN_UP = "the supervisor has given it up"

ROUTER = "router"


class Orphans:
    """Watches over owners; `hear` for each sign of life, `due` several times a second."""

    def __init__(self, kernel: Kernel, repeating: Repeating, flattener: Flattener) -> None:
        self._k = kernel
        self._repeating = repeating
        self._flattener = flattener
        self._began_mono_ns = 0
        self._heard: dict[str, int] = {}
        self._dead: dict[str, str] = {}
        self._before: dict[str, float] = {}
        self._jobs: dict[str, int] = {}
        self._next_mono_ns = 0
        self._noted_mono_ns: dict[str, int] = {}

    def start(self) -> None:
        """A boot of the router begins: note what was declared anew; nobody was heard yet."""
        k = self._k
        self._began_mono_ns = k.now.mono_ns
        self._before = {name: each.waited_s for name, each in k.book.absences.items()}
        for name, rights in k.settings.strategies.items():
            policy = (rights.mode, rights.on_death, rights.grace_s)
            known = k.book.declared.get(name)
            usual = (k.settings.mode, OnDeath.KEEP, GRACE_S)
            before = usual if known is None else (known.mode, known.on_death, known.grace_s)
            if policy != before:
                mode, on_death, grace_s = policy
                record = r.OwnerDeclared(
                    strategy=name,
                    mode=mode,
                    on_death=on_death,
                    grace_s=grace_s,
                    ts_ns=k.now.wall_ns,
                )
                k.record(record)

    # --- signs of life -------------------------------------------------------------------------

    def hear(self, peer: str, message: object) -> None:
        """Anything was heard of a strategy's process: it lives, unless it is known to be dead.

        What a dead process had said may come late; only a greeting is the word of another one.
        """
        if not peer.startswith(STRATEGY_PREFIX):
            return
        name = peer[len(STRATEGY_PREFIX) :]
        if name in self._dead:
            if not isinstance(message, StrategyHello):
                return
            del self._dead[name]
        self._heard[name] = self._k.now.mono_ns

    def told(self, peer: str, dead: str) -> None:
        """The supervisor's word on a strategy's process: why it is dead for good, empty when it is not."""
        name = peer.removeprefix(STRATEGY_PREFIX)
        if dead:
            self._dead[name] = f"{GIVEN_UP}: {dead}"[:TEXT_CHARS_MAX]
            self._next_mono_ns = 0
        else:
            self._dead.pop(name, None)

    def due(self) -> None:
        """Let grace times run out and policies apply; JournalError when that cannot be recorded."""
        k = self._k
        for name in list(k.book.absences):
            if self._heard.get(name, 0) > self._noted_mono_ns.get(name, self._began_mono_ns):
                self._return(name)
        if k.now.mono_ns < self._next_mono_ns:
            return
        self._next_mono_ns = k.now.mono_ns + LOOK_NS
        for name in self._owners():
            self._look_at(name)

    def _return(self, name: str) -> None:
        """It is back: its orders are its own again, from now on."""
        job = self._flattener.find(self._jobs.pop(name, 0))
        if job is not None:
            self._flattener.stop(job, f"{name} is back")
        self._absent(name, r.Absence.BACK, 0.0, "it is back")

    def _owners(self) -> Iterable[str]:
        """Everybody who may have something at stake, also who is no longer configured."""
        book = self._k.book
        names = dict.fromkeys(self._k.settings.strategies)
        names |= dict.fromkeys(book.orders.owners())
        names |= dict.fromkeys(book.declared)
        return [name for name in names if name not in ("", OPERATOR_OWNER)]

    def _policy(self, name: str) -> tuple[OnDeath, float]:
        rights = self._k.settings.strategies.get(name) or self._k.book.declared.get(name)
        return (OnDeath.KEEP, GRACE_S) if rights is None else (rights.on_death, rights.grace_s)

    def _look_at(self, name: str) -> None:
        k = self._k
        on_death, grace_s = self._policy(name)
        orders = list(k.book.orders.open_of_strategy(name))
        absence = k.book.absences.get(name)
        if not orders and not (
            on_death is OnDeath.CANCEL_AND_FLATTEN and not self._flattener.is_flat(name)
        ):
            return
        if absence is not None and absence.stage is r.Absence.ORPHANED:
            self._apply(name, on_death, orders, absence.reason)
            return
        waited_s = self._waited_s(name)
        counted_s = 0.0 if absence is None else absence.waited_s
        if waited_s >= grace_s:
            self._orphan(name, on_death, orders, waited_s)
        elif waited_s - counted_s >= grace_s / STEPS or self._is_news(name, absence):
            self._absent(name, r.Absence.SILENT, waited_s, self._why(name, waited_s))

    def _is_news(self, name: str, absence: r.OwnerAbsence | None) -> bool:
        """Whether it is dead for certain and nobody has written that down yet."""
        why = self._dead.get(name)
        return why is not None and (absence is None or absence.reason != why)

    def _waited_s(self, name: str) -> float:
        """Grace time used up: what earlier boots of the router counted, and the silence in this one."""
        heard = self._heard.get(name)
        if heard is not None:
            return (self._k.now.mono_ns - heard) / NS
        before = self._before.get(name, 0.0)
        return before + (self._k.now.mono_ns - self._began_mono_ns) / NS

    def _why(self, name: str, waited_s: float) -> str:
        if name not in self._k.settings.strategies:
            return "it is not in the configuration any more"
        if name in self._dead:
            return self._dead[name]
        return f"nothing was heard of it for {waited_s:.1f} s"

    # --- the policy ----------------------------------------------------------------------------

    def _orphan(self, name: str, on_death: OnDeath, orders: list[Order], waited_s: float) -> None:
        k, why = self._k, self._why(name, waited_s)
        self._absent(name, r.Absence.ORPHANED, waited_s, why)
        alarm = r.AlarmRecord(
            kind=r.AlarmKind.ORPHANED,
            account="",
            subject=name,
            text=f"{len(orders)} open orders without their strategy: {why}; on_death = {on_death}",
            ts_ns=k.now.wall_ns,
        )
        k.record(alarm)
        self._apply(name, on_death, orders, why)

    def _absent(self, name: str, stage: r.Absence, waited_s: float, reason: str) -> None:
        record = r.OwnerAbsence(
            strategy=name,
            stage=stage,
            waited_s=waited_s,
            reason=reason,
            ts_ns=self._k.now.wall_ns,
        )
        self._k.record(record)
        self._noted_mono_ns[name] = self._k.now.mono_ns

    def _apply(self, name: str, on_death: OnDeath, orders: list[Order], why: str) -> None:
        """Do what was declared, again as long as there is something left of it."""
        if on_death is OnDeath.CANCEL:
            self._repeating.cancel(orders, by=ROUTER, reason=f"orphaned: {why}")
        elif on_death is OnDeath.CANCEL_AND_FLATTEN:
            job = self._flattener.find(self._jobs.get(name, 0))
            if job is None or not job.is_running:
                scope, reason = Scope(strategy=name), f"orphaned: {why}"
                self._jobs[name] = self._flattener.start(scope, by=ROUTER, reason=reason).number
