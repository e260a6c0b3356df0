"""Who vouches for the positions: a dated file, the last boot, or nobody."""

from decimal import Decimal

import pytest

from actors.venues.webctp.legs import Offset
from actors.venues.webctp.orderscontracts import Contracts
from actors.venues.webctp.ordersday import DayOrders
from actors.venues.webctp.positions import DayTrade, Held, Overnight, PositionBook
from actors.venues.webctp.positionsproof import Proof
from actors.venues.webctp.products import Products
from actors.venues.webctp.seed import Seed, kept_in
from engine.model.enums import Side

OWNER = ("9999", "100001")
DAY, NEXT = "20301202", "20301203"
FLAT = Seed(trading_day="", broker_id="", investor_id="")


def held(quantity: int) -> Overnight:
    """Long lots of rb2101."""
    return Overnight(
        instrument="rb2101",
        exchange="SHFE",
        held=Held.LONG,
        quantity=quantity,
        price=Decimal(4000),
    )


def dated(day: str, quantity: int) -> Seed:
    """The file of a day."""
    return Seed(
        trading_day=day, broker_id=OWNER[0], investor_id=OWNER[1], positions=(held(quantity),)
    )


class Boot:
    """One boot of a session, as far as positions are concerned."""

    def __init__(self, seed: Seed | None = None, kept: str = "") -> None:
        self.day = DayOrders(PositionBook())
        self.proof = Proof(self.day, Contracts(Products({})), seed, OWNER, 3.0)
        self.proof.remember(kept)

    def begin(self, day: str, *, seen: bool = True) -> str:
        """A login of this trading day."""
        return self.proof.begin_day(day, seen=seen)

    def buy(self, quantity: int) -> None:
        """Open so many lots."""
        trade = DayTrade(
            instrument="rb2101",
            exchange="SHFE",
            side=Side.BUY,
            offset=Offset.OPEN,
            quantity=quantity,
        )
        self.day.positions.apply(trade)

    @property
    def net(self) -> int:
        """What is held."""
        return self.day.positions.net("rb2101")


def test_nobodys_word_is_said_to_be_none():
    """Without a file, or with one of another day."""
    boot = Boot()
    boot.begin(DAY)
    assert "orders.seed" in boot.proof.unproven()
    assert not boot.day.proven
    late = Boot(dated(DAY, 2))
    late.begin(NEXT)
    assert DAY in late.proof.unproven()


def test_a_boot_on_the_same_day_begins_with_the_same_opening():
    """The day's trades come again by the replay: they must not be in it."""
    first = Boot(dated(DAY, 2))
    first.begin(DAY)
    first.buy(3)
    second = Boot(kept=first.proof.keep(over=False))
    second.begin(DAY)
    assert (second.net, second.proof.unproven()) == (2, "")


@pytest.mark.parametrize(("over", "proven"), [(True, True), (False, False)])
def test_a_boot_on_a_later_day_begins_with_what_was_left(over, proven):
    """If the day before was over when it was kept: else it may have traded unseen."""
    first = Boot(dated(DAY, 2))
    first.begin(DAY)
    first.buy(3)
    second = Boot(FLAT, first.proof.keep(over=over))
    second.begin(NEXT)
    assert bool(second.proof.unproven()) is not proven
    assert second.net == (5 if proven else 0)


def test_a_session_that_lives_over_the_end_carries_its_lots():
    """And says the next day's file."""
    boot = Boot(FLAT)
    boot.begin(DAY)
    boot.buy(3)
    text = boot.begin(NEXT)
    assert "quantity = 3" in text
    assert NEXT in text
    assert (boot.net, boot.proof.unproven()) == (3, "")
    unseen = Boot(FLAT)
    unseen.begin(DAY)
    unseen.begin(NEXT, seen=False)
    assert DAY in unseen.proof.unproven()


def test_a_dated_file_goes_before_what_was_kept():
    """Somebody has counted."""
    first = Boot(dated(DAY, 2))
    first.begin(DAY)
    second = Boot(dated(NEXT, 7), first.proof.keep(over=True))
    second.begin(NEXT)
    assert second.net == 7


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"opening": 1, "closing": 2}'])
def test_what_is_no_kept_text_is_nothing(text):
    """A damaged file proves nothing and ends nothing."""
    assert kept_in(text) is None
    boot = Boot(FLAT, text)
    boot.begin(DAY)
    assert boot.proof.unproven() == ""


def test_unproven_positions_are_not_kept():
    """Nobody's word does not become somebody's by being written down."""
    boot = Boot()
    boot.begin(DAY)
    assert boot.proof.keep(over=True) == ""
