"""What operators see of owners: money after fees, what is held, and who is not configured any more."""

from engine.model.enums import Side
from engine.orders.views import HELD_MAX, OTHERS_MAX, other_owners, owner_row
from tests.kit.orders import BTC, Bench, D, settings


def traded() -> Bench:
    """Alpha bought ten at 90 with a fee, and the market is higher."""
    bench = Bench().open_venue()
    bench.greet("alpha")
    order = bench.submit(quantity=D(10))
    bench.fill(order, "f1", "10", "90", fee=D(2))
    return bench


def test_net_is_what_is_left_after_fees():
    """Realised and unrealised are before fees."""
    row = traded().ask("summary")["strategies"]["alpha"]
    made = D(row["realised_pnl"]["USDT"]) + D(row["unrealised_pnl"]["USDT"])

    assert made > 0
    assert row["fees"] == {"USDT": "2"}
    assert D(row["net_pnl"]["USDT"]) == made - 2
    assert row["positions"] == {BTC: "10"}
    assert row["held"] == 1


def test_a_removed_strategy_stays_in_sight_while_it_holds_something():
    """Renamed in the configuration, its position is still its own, and can be closed under that name."""
    rights = settings().strategies["alpha"]
    bench = Bench(settings(strategies={"alpha-2": rights}), traded().journal, boot=72).open_venue()
    summary = bench.ask("summary")

    assert list(summary["strategies"]) == ["alpha-2"]
    assert summary["owners"]["alpha"]["state"] == "removed"
    assert summary["owners"]["alpha"]["positions"] == {BTC: "10"}
    flatten = bench.ask("flatten", "x", strategy="alpha", dry_run=True)
    assert flatten["would"]["close"] == [f"10 {BTC} of alpha on testvenue.live"]
    bench.core.book.strategies.open("alpha", BTC, D(1), "USDT").trade(Side.SELL, D(10), D(90))
    assert bench.ask("summary")["owners"] == {}


def test_the_operator_is_an_owner_of_its_own():
    """What was bought by hand is shown, and is nobody's leftover."""
    bench = Bench().open_venue()
    kernel = bench.core._k
    position = kernel.book.strategies.open("operator", BTC, D(1), "USDT")
    assert other_owners(kernel) == {}
    position.trade(Side.BUY, D(3), D(90))

    assert other_owners(kernel)["operator"]["state"] == "by_hand"


def test_rows_of_the_summary_are_bounded():
    """They travel with every heartbeat."""
    bench = Bench().open_venue()
    kernel = bench.core._k
    for number in range(HELD_MAX + OTHERS_MAX):
        for owner, instrument in (("alpha", f"I{number}.X"), (f"gone-{number}", BTC)):
            position = kernel.book.strategies.open(owner, instrument, D(1), "USDT")
            position.trade(Side.BUY, D(3), D(90))
    row = owner_row(kernel, "alpha")

    assert len(row["positions"]) == HELD_MAX
    assert row["held"] == HELD_MAX + OTHERS_MAX
    assert len(other_owners(kernel)) == OTHERS_MAX
