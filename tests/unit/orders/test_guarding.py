"""What halts a strategy by itself and what warns before: PT-14, PT-23, PT-26, PT-27, PT-31; T-087."""

from typing import Any

import pytest

from engine.messages.venue import CancelOrder, UpdateKind
from engine.model.enums import Pending, Side, TradingStateWord, VenueStateWord
from engine.orders import records as r
from engine.orders.day import OwnerKind
from engine.orders.dump import dump
from engine.risk.limits import Limits, Rate, Ratio, RiskSettings
from tests.kit.orders import ACCOUNT, BTC, ETH, NS, Bench, D, held, of_kind, settings
from tests.property.test_orders_machine import replayed

HALTED, ACTIVE = TradingStateWord.HALTED, TradingStateWord.ACTIVE
DAY_NS = 86_400 * NS


def opened(risk: RiskSettings | None = None, **limits: Any) -> Bench:
    """A venue in service and strategies greeted, with these limits as defaults."""
    bench = Bench(settings(risk or RiskSettings(defaults=Limits(**limits))))
    bench.greet("alpha")
    bench.greet("beta")
    bench.open_venue()
    bench.tick(0.5)
    return bench


def look(bench: Bench) -> None:
    """Let the guard look, and prices stay fresh."""
    bench.tick(0.5)
    bench.beat()


def level(bench: Bench, scope: str = "strategy:alpha") -> TradingStateWord:
    return bench.core.book.switch.level_of(scope)


def alarms(bench: Bench, kind: r.AlarmKind) -> list[str]:
    return [alarm.text for alarm in bench.core.book.alarms if alarm.kind is kind]


def denial(bench: Bench, name: str = "alpha", **changes: Any) -> str:
    bench.send(bench.intent(name, **changes))
    return bench.last_denial()


# --- PT-14 -------------------------------------------------------------------------------------

EXECUTIONS = Rate(count=3, window_s=10.0)


def filled(bench: Bench, key: str, **changes: Any) -> None:
    order = bench.submit(**changes)
    bench.fill(order, key, "10", str(order.price))


def test_repeated_executions_halt_the_strategy_until_a_person_arms():
    """T-087, PT-14: at the n-th fill in the window; it stays halted after a restart."""
    bench = opened(max_executions=EXECUTIONS)
    filled(bench, "f1")
    filled(bench, "f2")
    assert level(bench) is ACTIVE
    filled(bench, "f3")
    assert level(bench) is HALTED
    assert denial(bench).startswith("TRADING_HALTED halted (router: 3 fills of BTCUSDT")
    bench.submit("beta")
    assert alarms(bench, r.AlarmKind.HALTED)

    after = bench.restarted()
    after.session_boot += 1
    after.sequence = 0
    after.greet()
    after.open_venue()
    assert level(after) is HALTED
    assert denial(after).startswith("TRADING_HALTED")
    refused = after.operate("arm", "looked at it", role="viewer", scope="strategy:alpha")
    assert not refused[0].ok
    after.ask("arm", "looked at it", scope="strategy:alpha")
    assert level(after) is ACTIVE
    assert dump(replayed(after.journal)) == after.core.dump()


def test_fills_further_apart_do_not_halt():
    """PT-14: n fills count together only within the window; other instruments count by themselves."""
    bench = opened(max_executions=Rate(count=3, window_s=2.0))
    filled(bench, "f1")
    filled(bench, "f2")
    filled(bench, "e1", instrument=ETH, price=D(10))
    bench.tick(2.0)
    filled(bench, "f3")
    filled(bench, "f4")
    assert level(bench) is ACTIVE
    filled(bench, "f5")
    assert level(bench) is HALTED


def test_after_a_re_arm_executions_count_anew():
    """PT-14: a strategy that was armed is not halted by what it was halted for."""
    bench = opened(max_executions=EXECUTIONS)
    for key in ("f1", "f2", "f3"):
        filled(bench, key)
    bench.ask("arm", "looked at it", scope="strategy:alpha")
    filled(bench, "f4")
    assert level(bench) is ACTIVE


def test_after_a_restart_and_a_re_arm_executions_count_anew():
    """PT-14: what halted the strategy is remembered over a restart, and forgotten when it is armed."""
    bench = opened(max_executions=EXECUTIONS)
    rests = bench.submit(quantity=D(15))
    for key in ("f1", "f2", "f3"):
        filled(bench, key)
    after = bench.restarted()
    after.session_boot, after.sequence = 32, 0
    after.hello()
    assert level(after) is HALTED
    after.ask("arm", "looked at it", scope="strategy:alpha")
    order = after.core.book.orders.take(rests.client_order_id)
    after.fill(order, "f4", "5")
    after.fill(order, "f5", "5")
    assert level(after) is ACTIVE
    after.fill(order, "f6", "5")
    assert level(after) is HALTED


def test_a_restart_does_not_forget_the_fills_of_the_window():
    """PT-14: two fills before a restart and one after it are three."""
    bench = opened(max_executions=EXECUTIONS)
    filled(bench, "f1")
    order = bench.submit()
    bench.fill(order, "f2", "5")
    after = bench.restarted()
    after.session_boot, after.sequence = 32, 0
    after.hello()
    after.fill(after.core.book.orders.take(order.client_order_id), "f3", "5")
    assert level(after) is HALTED


def test_chain_and_strategy_both_throttle():
    """PT-14: a strategy's own rate does not loosen the desk's."""
    risk = RiskSettings(
        defaults=Limits(max_executions=Rate(count=2, window_s=10.0)),
        strategies={"alpha": Limits(max_executions=Rate(count=50, window_s=10.0))},
    )
    bench = opened(risk)
    filled(bench, "f1")
    filled(bench, "f2")
    assert level(bench) is HALTED


# --- PT-23 -------------------------------------------------------------------------------------


def test_orders_have_a_life_time():
    """PT-23: what is open longer than it may be is cancelled; a second before it is not."""
    bench = opened(order_life_s_max=10.0)
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    for _ in range(9):
        bench.tick(1.0)
        bench.beat()
        assert order.pending is None
    sent = bench.tick(1.5)
    assert [each.client_order_id for each in of_kind(sent, CancelOrder)] == [order.client_order_id]


# --- PT-26 -------------------------------------------------------------------------------------


def lost(bench: Bench, mark: float) -> None:
    """Hold 10 bought at 100 (1 USDT, 0.01 fee) and let the price be `mark`."""
    order = bench.submit()
    bench.fill(order, f"f{order.client_order_id}", "10")
    bench.price(mark)
    look(bench)


@pytest.mark.parametrize(("mark", "halted"), [(51.1, False), (51.0, False), (50.9, True)])
def test_loss_of_the_day_halts(mark, halted):
    """PT-26: at 0.5 USDT lost (marked, with the fee) trading goes on, beyond it the strategy halts."""
    bench = opened(RiskSettings(strategies={"alpha": Limits(max_loss={"USDT": D("0.5")})}))
    lost(bench, mark)
    assert level(bench) is (HALTED if halted else ACTIVE)
    if halted:
        assert "lost 0.501 USDT today, limit 0.5" in denial(bench)
        assert level(bench, f"account:{ACCOUNT}") is ACTIVE
    bench.submit("beta")


def test_loss_of_an_account_halts_the_account():
    """PT-26: the account's loss is all strategies' together."""
    bench = opened(RiskSettings(accounts={ACCOUNT: Limits(max_loss={"USDT": D("0.5")})}))
    lost(bench, 70.0)
    assert level(bench, f"account:{ACCOUNT}") is ACTIVE
    order = bench.submit("beta")
    bench.fill(order, "b1", "10")
    look(bench)
    assert level(bench, f"account:{ACCOUNT}") is HALTED
    assert denial(bench, "beta").startswith("TRADING_HALTED")


def test_realised_loss_counts_at_the_fill():
    """PT-26: a fill that realises a loss halts at once, not at the next look."""
    bench = opened(max_loss={"USDT": D("0.1")})
    order = bench.submit()
    bench.fill(order, "f1", "10")
    close = bench.submit(side=Side.SELL, price=D(80))
    bench.fill(close, "f2", "10", "80")
    assert level(bench, f"account:{ACCOUNT}") is HALTED


def test_who_is_armed_with_a_loss_beyond_the_limit_is_denied_and_halted_again():
    """PT-26: it takes a higher limit (or another day) as well as a person."""
    bench = opened(RiskSettings(strategies={"alpha": Limits(max_loss={"USDT": D("0.5")})}))
    lost(bench, 40.0)
    bench.ask("arm", "have looked", scope="strategy:alpha")
    assert denial(bench).startswith("LOSS_LIMIT 0.610 limit 0.5")
    look(bench)
    assert level(bench) is HALTED


def test_a_new_day_begins_without_loss():
    """PT-26: what was lost yesterday is not lost today; what is held counts from its price then."""
    bench = opened(RiskSettings(strategies={"alpha": Limits(max_loss={"USDT": D("0.5")})}))
    lost(bench, 60.0)
    bench.wall_ns += DAY_NS
    bench.price(60.0)
    look(bench)
    bench.ask("status")
    bench.price(10.1)
    look(bench)
    assert level(bench) is ACTIVE
    bench.price(9.9)
    look(bench)
    assert level(bench) is HALTED
    assert dump(replayed(bench.journal)) == bench.core.dump()


def test_the_day_begins_when_the_desk_says():
    """PT-26: 22:13 is the next day for a desk whose day begins at 22:00."""
    bench = opened()
    other = opened(RiskSettings(day_begins="22:00"))
    days = [each.core.book.risk.day.number for each in (bench, other)]
    bench.wall_ns += 2 * 3600 * NS
    look(bench)
    assert days[0] == days[1]
    assert bench.core.book.risk.day.number == days[0] + 1  # midnight has passed
    other.wall_ns += 2 * 3600 * NS
    look(other)
    assert other.core.book.risk.day.number == days[1]


def test_positions_found_bring_no_loss():
    """PT-26: what an account held before us counts from the price at which it was found."""
    bench = Bench(settings(RiskSettings(defaults=Limits(max_loss={"USDT": D("0.5")}))))
    bench.greet()
    bench.hello()
    bench.define()
    bench.state(VenueStateWord.RECONCILING)
    bench.answer((), (), (held(BTC, 10),))  # bought at 100, they say
    bench.price(40.0)
    look(bench)
    assert level(bench, f"account:{ACCOUNT}") is ACTIVE
    assert bench.core._k.losses[OwnerKind.ACCOUNT, ACCOUNT] == {"USDT": D(0)}
    bench.price(30.0)
    look(bench)
    assert bench.core._k.losses[OwnerKind.ACCOUNT, ACCOUNT] == {"USDT": D("0.1")}


def test_a_restart_without_prices_is_no_loss():
    """PT-26: what cannot be marked yet counts nothing; it counts again with the first price."""
    bench = opened(RiskSettings(strategies={"alpha": Limits(max_loss={"USDT": D("0.5")})}))
    order = bench.submit()
    bench.fill(order, "f1", "10")
    bench.price(200.0)
    bench.wall_ns += DAY_NS
    look(bench)  # the day begins with a profit of 1
    after = bench.restarted()
    look(after)
    assert level(after) is ACTIVE
    after.session_boot, after.sequence = 32, 0
    after.hello()
    after.price(140.0)
    look(after)
    assert level(after) is HALTED


# --- PT-27 -------------------------------------------------------------------------------------


def test_orders_without_fills_halt():
    """PT-27: nothing below the least count; then warn at four fifths; above the ratio halt."""
    ratio = Ratio(ratio=D(10), count_min=5)
    bench = opened(max_order_to_fill=ratio)
    filled(bench, "f1")
    for _ in range(6):
        bench.submit()
    look(bench)
    assert not alarms(bench, r.AlarmKind.LIMIT_NEAR)
    bench.submit()
    look(bench)
    assert len(alarms(bench, r.AlarmKind.LIMIT_NEAR)) == 1
    bench.submit()
    last = bench.submit()
    look(bench)
    assert level(bench) is ACTIVE  # ten messages for one fill
    bench.cancel(last)
    look(bench)
    assert level(bench) is HALTED
    assert "11 messages for each fill of BTCUSDT.TESTVENUE, limit 10" in denial(bench)
    assert dump(replayed(bench.journal)) == bench.core.dump()


def test_a_few_messages_are_no_ratio():
    """PT-27: below the least count nothing is compared."""
    bench = opened(max_order_to_fill=Ratio(ratio=D(2), count_min=5))
    for _ in range(4):
        bench.submit()
    look(bench)
    assert level(bench) is ACTIVE
    bench.submit()
    look(bench)
    assert level(bench) is HALTED
    bench.ask("arm", "it is a market maker", scope="strategy:alpha")
    look(bench)
    assert level(bench) is ACTIVE  # counted anew


# --- PT-31 -------------------------------------------------------------------------------------


def test_four_fifths_of_a_limit_warn_once_per_crossing():
    """PT-31: within a second, once, and again only after it had gone down in between."""
    bench = opened(max_open_orders=10)
    orders = [bench.submit() for _ in range(7)]
    look(bench)
    assert not alarms(bench, r.AlarmKind.LIMIT_NEAR)
    orders.append(bench.submit())
    bench.tick(0.5)
    assert alarms(bench, r.AlarmKind.LIMIT_NEAR) == [
        f"max_open_orders: 8 of 10 used (account {ACCOUNT})"
    ]
    orders.append(bench.submit())
    look(bench)
    assert len(alarms(bench, r.AlarmKind.LIMIT_NEAR)) == 1
    for order in orders[:3]:
        bench.update(order, UpdateKind.CANCELLED)
    for _ in range(61):
        bench.tick(1.0)
        bench.beat()
    for _ in range(3):
        bench.answer()
    bench.price(100.0)
    while len(list(bench.core.book.orders.open_of_account(ACCOUNT))) < 8:
        bench.submit()
    look(bench)
    assert len(alarms(bench, r.AlarmKind.LIMIT_NEAR)) == 2


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"max_position": D(100)}, f"max_position {BTC}: 80 of 100"),
        ({"max_open_notional": {"USDT": D(10)}}, "max_open_notional USDT: 8 of 10"),
        ({"max_credit": {"USDT": D(10)}}, "max_credit USDT: 8 of 10"),
        ({"max_open_orders_per_instrument": 10}, f"max_open_orders_per_instrument {BTC}: 8 of 10"),
        ({"max_messages": Rate(count=10, window_s=60.0)}, "max_messages: 8 of 10"),
    ],
)
@pytest.mark.parametrize("own", [False, True])
def test_every_limit_on_sums_warns(limits, text, own):
    """PT-31: for accounts and strategies alike."""
    made = Limits(**limits)
    risk = RiskSettings(strategies={"alpha": made}) if own else RiskSettings(defaults=made)
    bench = opened(risk)
    for _ in range(8):
        bench.submit()
    look(bench)
    owner = "strategy alpha" if own else f"account {ACCOUNT}"
    assert alarms(bench, r.AlarmKind.LIMIT_NEAR) == [f"{text} used ({owner})"]


def test_fills_and_denials_are_on_record_at_once():
    """PT-31: the journal is the audit stream: the record is there before the answer leaves."""
    bench = opened()
    order = bench.submit()
    bench.fill(order, "f1", "10")
    assert isinstance(r.from_bytes(bench.journal[-1]), r.FillRecord)
    bench.send(bench.intent(quantity=D("0.5")))
    assert isinstance(r.from_bytes(bench.journal[-1]), r.DeniedOrder)


def test_m1_an_old_order_is_not_cancelled_while_the_venue_is_away():
    """PT-23: nothing is recorded for what cannot be sent, and a refusal is not answered at once."""
    bench = opened(order_life_s_max=5.0)
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    bench.state(VenueStateWord.DISCONNECTED)
    records = len(bench.journal)
    for _ in range(40):
        look(bench)
    new = [r.from_bytes(body) for body in bench.journal[records:]]
    assert not of_kind(new, r.CancelPlanned) + of_kind(new, r.OrderEventRecord)
    bench.state(VenueStateWord.RECONCILING)
    look(bench)
    assert order.pending is Pending.CANCEL
    sent = len(bench.sent)
    for _ in range(8):  # four seconds of a venue that says no
        if order.pending is Pending.CANCEL:
            bench.update(order, UpdateKind.CANCEL_REJECTED)
        look(bench)
    cancels = of_kind([m for _, m in bench.sent[sent:]], CancelOrder)
    assert len(cancels) == 4.0 // bench.config.cancel_repeat_s
