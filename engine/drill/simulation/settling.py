"""When a healed engine has come to agreement with its venue and its strategies, and why not yet."""

from decimal import Decimal

from engine.drill.simulation.scene import Scene
from engine.drill.simulation.world import NS
from engine.model.enums import Certainty, Side

LOOK_INTERVAL_NS = NS // 2
PROBE_WITHIN_S = 8.0
"""In which a new order of a healed engine must have been answered by router and venue."""


def settle(scene: Scene, within_s: float) -> bool:
    """Let time pass until everybody agrees; whether they did in time."""
    world = scene.world
    deadline_ns = world.mono_ns + int(within_s * NS)
    while world.mono_ns < deadline_ns:
        world.run_until(world.mono_ns + LOOK_INTERVAL_NS)
        if not why(scene):
            return True
    return False


def why(scene: Scene) -> str:
    """The first reason why there is no agreement yet; empty when there is."""
    core = scene.router.core
    if core is None:
        return "the router is down"
    if not scene.session.is_up or not scene.session.gate.is_open:
        reason = scene.session.gate.closed_because if scene.session.is_up else "down"
        return f"session: {reason}; {core.gauges().get('venues', '')}"
    if core.book.switch:
        return "the kill switch is not armed"
    for node in scene.strategies:
        if not node.is_up or not node.welcomed:
            return f"{node.name} is not served"
        if node.unconfirmed:
            return f"{node.name} waits for answers to {sorted(node.unconfirmed)[:3]}"
        last = core.book.figures_of(node.name).reports.last
        if node.blotter.seen != last:
            return f"{node.name} has seen report {node.blotter.seen} of {last}"
    return _why_orders(scene)


def _why_orders(scene: Scene) -> str:
    orders = scene.router.serving().book.orders
    truths = {t.client_order_id: t for t in scene.venue.orders.values() if t.client_order_id}
    for order in orders:
        truth = truths.get(order.client_order_id)
        if order.certainty is Certainty.UNKNOWN:
            return f"{order.client_order_id} is unknown ({order.lifecycle}, {order.pending})"
        if truth is None and order.intent_id and not order.is_terminal:
            return f"{order.client_order_id} is {order.lifecycle} and not at the venue"
        if truth is not None and (
            order.is_terminal == truth.is_open or order.cum_qty != truth.cum_qty
        ):
            return f"{order.client_order_id}: {order.lifecycle} {order.cum_qty} here, {truth.lifecycle} {truth.cum_qty} there"
        if order.pending is not None:
            return f"{order.client_order_id} has a {order.pending} under way"
    for truth in scene.venue.open_orders():
        name = truth.client_order_id or truth.venue_order_id
        if orders.find(scene.venue.account, truth.client_order_id, truth.venue_order_id) is None:
            return f"{name} works at the venue and is not in the book"
    held: dict[str, Decimal] = {}
    for fill in scene.venue.fills:
        signed = fill.last_qty * fill.side.sign
        held[fill.instrument] = held.get(fill.instrument, Decimal(0)) + signed
    accounts = scene.router.serving().book.accounts
    for instrument, quantity in held.items():
        here = accounts.quantity(scene.venue.account, instrument)
        if here != quantity:
            return f"position in {instrument}: {here} here, {quantity} there"
    return ""


def probe(scene: Scene) -> bool:
    """A healed engine takes orders: one more wish is answered, and settles."""
    node = scene.strategies[0]
    intent = node.submit(Decimal(1), Side.BUY)
    scene.world.run_until(scene.world.mono_ns + NS)
    orders = scene.router.serving().book.orders if scene.router.is_up else None
    order = None if orders is None else orders.by_intent(intent.intent_id)
    if order is not None:
        node.cancel(intent.intent_id)
    return settle(scene, PROBE_WITHIN_S)
