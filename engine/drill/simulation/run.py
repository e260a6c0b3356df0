"""One run: faults on, faults off, agreement within a deadline, and the verdict of all checkers."""

from collections.abc import Callable

import attrs

from engine.drill.checkers import CHECKERS, Verdict, judge
from engine.drill.checkers.replaying import journal_cut
from engine.drill.simulation.evidence import history_of
from engine.drill.simulation.plan import HEAL_WITHIN_S, Plan, plan_of
from engine.drill.simulation.scene import Scene
from engine.drill.simulation.settling import probe, settle, why
from engine.drill.simulation.world import NS, World
from engine.model.money import ZERO

LOOK_INTERVAL_NS = NS // 4

CUTS_MAX = 10
"""Of the journal of one seed; the next seed's is cut elsewhere."""

APPLIES = tuple(
    journal_cut(CUTS_MAX) if checker.id == "INV-10" else checker
    for checker in CHECKERS
    if checker.id in {f"INV-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)}
)
"""What a simulation has evidence for: no processes, logs or market data are in it."""


@attrs.frozen(kw_only=True)
class Outcome:
    """What became of a seed. `problems` is empty when all is well."""

    seed: int
    fingerprint: str
    problems: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    records: int
    orders: int
    boots: int
    seconds: float


def simulate(
    seed: int,
    tell: Callable[[str], object] | None = None,
    *,
    prepare: Callable[[Plan], Plan] | None = None,
) -> Outcome:
    """Run one seed. `tell` gets each line of the trace; `prepare` may change the plan for a test."""
    world = World(seed, tell)
    plan = plan_of(world)
    if prepare is not None:
        plan = prepare(plan)
    scene = Scene(world, plan)
    scene.begin()
    problems = _under_faults(scene)
    scene.heal()
    healed_ns = world.mono_ns
    if not settle(scene, HEAL_WITHIN_S):
        problems += [f"not agreed {HEAL_WITHIN_S:.0f} s after the faults: {why(scene)}"]
    elif not probe(scene):
        problems.append("a new order after the faults was not answered")
    scene.session.end()
    history = history_of(scene, plan, settled=not problems)
    verdicts = judge(history, APPLIES)
    problems += [f"{v.invariant}: {v.detail}" for v in verdicts if v.held is False]
    world.mark(history.journal_bytes or b"")
    return Outcome(
        seed=seed,
        fingerprint=world.fingerprint(),
        problems=tuple(problems),
        verdicts=verdicts,
        records=len(history.records or ()),
        orders=len(scene.venue.orders),
        boots=scene.router.boots,
        seconds=(world.mono_ns - healed_ns) / NS,
    )


def _under_faults(scene: Scene) -> list[str]:
    """Let things go wrong, and look again and again at what must hold at any moment."""
    world = scene.world
    end_ns = world.mono_ns + int(scene.plan.faults_s * NS)
    problems: list[str] = []
    while world.mono_ns < end_ns and not problems:
        world.run_until(min(end_ns, world.mono_ns + LOOK_INTERVAL_NS))
        problems += _unsafe(scene)
    return problems


def _unsafe(scene: Scene) -> list[str]:
    """No order of ours works at the venue that the router does not reckon with to its full extent."""
    core = scene.router.core
    if core is None:
        return []
    problems = []
    # Who fills an order again before we hear that its fill was taken back has us think it done.
    revised = {bust.client_order_id for bust in scene.venue.busts}
    for truth in scene.venue.open_orders():
        name = "" if truth.client_order_id in revised else truth.client_order_id
        order = core.book.orders.get(name) if name else None
        held = core.book.account_exposure.held(name)
        reckoned = ZERO if order is None else order.cum_qty
        reckoned += ZERO if held is None else held.buy + held.sell
        if name and reckoned < truth.quantity:
            problems.append(f"{name} works with {truth.quantity}, the router reckons {reckoned}")
    return problems
