"""What a seed decides beforehand: how bad each part of the world is, and how the engine is set up."""

import string
from decimal import Decimal

import attrs

from engine.drill.simulation.world import World
from engine.journal import Durability
from engine.model.enums import Mode, OrdType, TimeInForce
from engine.model.instrument import AssetClass, Instrument, QuantityUnit
from engine.orders.settings import RouterSettings, StrategyRights, TradeSession
from engine.risk.limits import Limits, RiskSettings
from engine.session.declaration import Capabilities, ClientOrderIdRule
from engine.session.fillkeys import FillKeyPart, FillKeyRule

VENUE = "simulated"
SESSION = f"{VENUE}.trade"
ACCOUNT = f"{VENUE}.live"
INSTRUMENTS = tuple(f"{base}USDT.{VENUE.upper()}" for base in ("BTC", "ETH"))

HEAL_WITHIN_S = 60.0
"""Simulated time in which everything must have come to agreement once the faults are off."""


@attrs.frozen(kw_only=True)
class Plan:
    """How a run goes; rates are events per second of simulated time while faults are on."""

    faults_s: float
    horizon_s: float
    query_interval_s: float
    answer_within_s: float
    durability: Durability
    query_order: bool
    cancel_all: bool
    complete: bool
    reject_probability: float
    query_fails_probability: float
    lose_probability: float
    double_probability: float
    late_probability: float
    late_ms: float
    wishes: float
    trades: float
    expiries: float
    busts: float
    strangers: float
    repeats: float
    router_kills: float
    session_kills: float
    strategy_kills: float
    router_line_cuts: float
    venue_line_cuts: float
    mutes: float
    disk_faults: float
    sync_faults: float
    clock_jumps: float
    kill_switches: float


def plan_of(world: World) -> Plan:
    """Draw a plan: each seed has a few bad things, not all of them."""
    random = world.random

    def sometimes(probability: float, low: float, high: float) -> float:
        is_drawn, value = random.random() < probability, random.uniform(low, high)
        return value if is_drawn else 0.0

    return Plan(
        faults_s=random.uniform(3.0, 8.0),
        horizon_s=random.choice((5.0, 5.0, 10.0, 30.0)),
        query_interval_s=random.choice((1.0, 2.0, 5.0)),
        answer_within_s=random.choice((1.0, 2.0)),
        durability=random.choice((Durability.POWER, Durability.POWER, Durability.PROCESS)),
        query_order=random.random() < 0.8,
        cancel_all=random.random() < 0.7,
        complete=True,
        reject_probability=random.uniform(0.0, 0.2),
        query_fails_probability=sometimes(0.3, 0.0, 0.5),
        lose_probability=sometimes(0.4, 0.0, 0.3),
        double_probability=sometimes(0.4, 0.0, 0.3),
        late_probability=sometimes(0.4, 0.0, 0.4),
        late_ms=random.choice((5.0, 50.0, 1_000.0)),
        wishes=random.uniform(2.0, 8.0),
        trades=random.uniform(1.0, 8.0),
        expiries=sometimes(0.3, 0.1, 0.5),
        busts=sometimes(0.25, 0.1, 0.6),
        strangers=sometimes(0.25, 0.1, 0.4),
        repeats=sometimes(0.4, 0.2, 1.0),
        router_kills=sometimes(0.5, 0.1, 0.6),
        session_kills=sometimes(0.4, 0.1, 0.4),
        strategy_kills=sometimes(0.4, 0.1, 0.4),
        router_line_cuts=sometimes(0.3, 0.1, 0.4),
        venue_line_cuts=sometimes(0.5, 0.1, 0.6),
        mutes=sometimes(0.3, 0.1, 0.3),
        disk_faults=sometimes(0.3, 0.1, 0.4),
        sync_faults=sometimes(0.2, 0.1, 0.3),
        clock_jumps=sometimes(0.2, 0.1, 0.3),
        kill_switches=sometimes(0.25, 0.1, 0.3),
    )


def settings_of(plan: Plan) -> RouterSettings:
    """The engine's configuration in such a run."""
    capabilities = Capabilities(
        market_kinds=("Quote",),
        ord_types=tuple(OrdType),
        times_in_force=tuple(TimeInForce),
        post_only=True,
        reduce_only=True,
        replace=True,
        query_order=plan.query_order,
        complete_history=True,
        cancel_all=plan.cancel_all,
        dead_man_timer_s_min=None,
        refuses_repeated_client_order_id=True,
        client_order_id=ClientOrderIdRule(
            length_max=32, alphabet=string.ascii_letters + string.digits
        ),
        fill_key=FillKeyRule((FillKeyPart.TRADE_ID,)),
        answer_within_s=plan.answer_within_s,
    )
    session = TradeSession(venue=VENUE, mode=Mode.LIVE, capabilities=capabilities)
    return RouterSettings(
        mode=Mode.LIVE,
        trade_sessions={SESSION: session},
        data_sessions={},
        strategies={
            "alpha": StrategyRights(instruments=INSTRUMENTS, mode=Mode.LIVE),
            "beta": StrategyRights(instruments=INSTRUMENTS[:1], mode=Mode.LIVE),
        },
        risk=RiskSettings(
            defaults=Limits(
                max_position=Decimal(60),
                max_open_notional={"USDT": Decimal(12)},
                max_open_orders=15,
                reference_age_s_max=1e9,
                intent_age_s_max=5.0,
            ),
            strategies={"beta": Limits(max_position=Decimal(25))},
        ),
        expiry_s=0.5,
        horizon_s_min=plan.horizon_s,
        query_interval_s=plan.query_interval_s,
        reconcile_interval_s=5.0,
        reconcile_timeout_s=3.0,
    )


def instruments() -> tuple[Instrument, ...]:
    """Two perpetuals with tick 0.1, lot 1 and multiplier 0.001."""
    return tuple(
        Instrument(
            id=name,
            asset_class=AssetClass.CRYPTO_PERPETUAL,
            currency="USDT",
            base=name[:3],
            quantity_unit=QuantityUnit.CONTRACTS,
            price_increment=Decimal("0.1"),
            quantity_increment=Decimal(1),
            multiplier=Decimal("0.001"),
            min_quantity=Decimal(1),
        )
        for name in INSTRUMENTS
    )
