"""The registry of faults: armed, used up by what they fit, refused when they make no sense."""

from enum import StrEnum

import pytest

from engine.simulator.faults import ARMED_MAX, AnyFault, FaultRegistry


class Kind(StrEnum):
    """Of a venue that is none."""

    DROP = "drop"
    DELAY = "delay"
    MUTE = "mute"


PUSH = (Kind.DROP, Kind.DELAY)


def registry() -> FaultRegistry[Kind]:
    return FaultRegistry(Kind, {Kind.MUTE})


def test_faults_are_used_up_in_order():
    """By what their pattern fits; counted; without end until disarmed."""
    faults = registry()
    assert not faults
    one = faults.arm("drop", match="depth/*", count=2)
    faults.arm(Kind.DROP, match="trade/BTCUSDT", count=-1)
    assert faults
    assert faults.take(PUSH, "depth/GOLD") is one
    assert faults.take(PUSH, "trade/ETHUSDT") is None
    assert faults.take((Kind.DELAY,), "depth/GOLD") is None
    assert faults.take(PUSH, "depth/BTCUSDT") is one
    assert faults.take(PUSH, "depth/BTCUSDT") is None
    assert (one.used, one.count) == (2, 0)
    for _ in range(5):
        assert faults.take(PUSH, "trade/BTCUSDT") is not None
    assert faults.disarm(2)
    assert not faults.disarm(2)
    assert faults.armed() == []


def test_immediate_faults_are_carried_out_and_not_kept():
    """By the owner of the connections, who tells how many it hit."""
    faults = registry()
    assert faults.arm("mute").used == 0
    faults.immediate = lambda fault: 3 if fault.match == "x" else 1
    hit = faults.arm("mute", match="x")
    assert (hit.used, hit.count) == (3, 0)
    assert faults.armed() == []


def test_faults_refuse_what_makes_no_sense():
    """Unknown kinds, a count of 0, more than the bound; cleared there is room again."""
    faults = registry()
    for terms in ({"kind": "nonsense"}, {"kind": "drop", "count": 0}):
        with pytest.raises(ValueError, match=r"nonsense|count"):
            faults.arm(**terms)
    for _ in range(ARMED_MAX):
        faults.arm("drop")
    with pytest.raises(ValueError, match="too many"):
        faults.arm("drop")
    faults.clear()
    faults.arm("drop")


def test_a_venue_may_refuse_values_when_they_are_armed():
    """Not when their occasion comes."""

    class Strict(FaultRegistry[Kind]):
        def check(self, fault: AnyFault[Kind]) -> None:
            if fault.number_value(0) > 10:
                raise ValueError("too late")

    faults = Strict(Kind, ())
    faults.arm("delay", value=10)
    with pytest.raises(ValueError, match="too late"):
        faults.arm("delay", value=11)
    assert len(faults.armed()) == 1


def test_values_of_a_fault_have_defaults():
    """Of the right kind."""
    text = AnyFault(number=1, kind=Kind.DELAY, value="x")
    assert (text.number_value(1.5), text.text_value("bids")) == (1.5, "x")
    number = AnyFault(number=1, kind=Kind.DELAY, value=3.0)
    assert (number.number_value(1.5), number.text_value("bids")) == (3.0, "bids")
