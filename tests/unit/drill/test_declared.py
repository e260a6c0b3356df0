"""Places of venues become targets of a schedule, by kind of fault."""

from engine.drill.declared import Deed, Drilled, alike, split_target, venue_targets
from engine.drill.schedule import CATALOGUE, make_schedule

CLASSES = {row.kind: row.targets for row in CATALOGUE}
ONE = Drilled(
    links=("ws", "http"),
    places={"orders": ("*order*",), "books": ("book",), "topic": ("quote:{symbol}", "all")},
    deeds={
        **alike("drop", "gap"),
        "frame_torn": Deed(kind="torn"),
        "unsubscribe": Deed(kind="unsubscribe", match="ws"),
    },
)
OTHER = Drilled(links=("ws",), places={"orders": ("private",)}, deeds=alike("drop"))


def found() -> dict[str, list[str]]:
    return venue_targets(
        CLASSES, {"one": ONE, "other": OTHER}, {"one": ["A", "B.C"], "other": ["D"]}
    )


def test_a_fault_strikes_the_venues_that_declare_it():
    targets = found()
    assert targets["drop"] == ["one.*order*", "other.private"]
    assert targets["frame_torn"] == ["one.*order*"]
    assert targets["gap"] == ["one.book"]
    assert targets["unsubscribe"] == ["one.quote:A", "one.quote:B.C", "one.all"]
    assert targets["link"] == ["one.http", "one.ws", "other.ws"]


def test_what_no_venue_declares_is_not_scheduled():
    """Faults of classes outside venues are not this function's affair."""
    targets = found()
    assert not targets["http_lost"]
    assert "crash_router" not in targets
    kinds = {f.kind for seed in range(20) for f in make_schedule(seed, 120, targets).faults}
    assert {"drop", "gap", "frame_torn", "unsubscribe", "half_open", "swizzle"} <= kinds
    assert not kinds & {"http_lost", "flood", "crash_router", "duplicate"}


def test_a_place_may_have_dots():
    assert split_target("one.700.HK/quote") == ("one", "700.HK/quote")
