"""The drill's command: what it refuses, what it lists, what it reports; no engine runs here."""

import json
from pathlib import Path
from types import ModuleType

import attrs
import pytest

from actors.command import drilling, exits
from actors.drill.director import Struck
from actors.drill.harness import DrillOptions, Harness, Outcome
from actors.drill.judging import Judged
from engine.conformance.package import VenuePackage, package_of
from engine.drill.schedule import CATALOGUE, ROUTER_POINTS, Fault
from engine.errors import ConfigError
from tests.kit.drills import ALL


def wanted(**changes) -> drilling.Wanted:
    return drilling.Wanted(
        **{
            "for_s": 60.0,
            "seed": 7,
            "faults": "",
            "points": "",
            "kills": 1,
            "config": None,
            "report": None,
            "as_json": False,
            "isolate": True,
            "keep": False,
        }
        | changes
    )


def harness(folder: Path, seed: int) -> Harness:
    return Harness(
        DrillOptions(config=ALL, folder=folder, state_dir=folder / "s", seed=seed, for_s=60.0)
    )


def test_a_seed_gives_the_same_schedule(tmp_path: Path):
    """T-097: what is printed with a seed is what the seed gives again."""
    first = harness(tmp_path, 7).make_schedule()
    assert first == harness(tmp_path, 7).make_schedule()
    assert first.faults != harness(tmp_path, 8).make_schedule().faults


def test_faults_hit_every_venue_of_the_configuration(tmp_path: Path):
    """Within it and on the way to it; a kind that it does not know never does."""
    one = harness(tmp_path, 0)
    faults: list[Fault] = []
    for seed in range(20):
        one.options = attrs.evolve(one.options, seed=seed)
        faults += one.make_schedule().faults
    for venue in one.venues:
        targets = {fault.target for fault in faults if fault.target.startswith(f"{venue.name}.")}
        assert {f"{venue.name}.{link}" for link in venue.drilled.links} <= targets
        kinds = {fault.kind for fault in faults if fault.target in targets}
        if "orders" in venue.drilled.places:
            assert f"{venue.name}.trade" in targets
            assert kinds >= {"drop", "half_open"}
        else:
            assert kinds >= {"close", "half_open"}
    assert {f.target for f in faults if f.kind == "http_lost"} >= {"longbridge./v1/trade/order"}
    assert {f.target for f in faults if f.kind == "gap"} == {"wooxpro.*epth*", "t4.*/mbo"}


def test_a_venue_that_declares_nothing_for_drills_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def undeclared(module: ModuleType) -> VenuePackage:
        package = package_of(module)
        if package.name != "alltick":
            return package
        return attrs.evolve(package, conformance=attrs.evolve(package.conformance, drill=None))

    monkeypatch.setattr("actors.drill.venue.package_of", undeclared)
    with pytest.raises(ConfigError, match=r"alltick.*nothing for drills"):
        harness(tmp_path, 0)


def test_unknown_words_and_points_are_refused():
    with pytest.raises(exits.BadUsage, match="no fault 'fire'"):
        drilling.drill(wanted(faults="crash,fire"))
    with pytest.raises(exits.BadUsage, match="no point 'nowhere'"):
        drilling.drill(wanted(points="nowhere"))
    assert drilling.points_of("all") == ROUTER_POINTS


def test_without_a_configuration_ours_with_all_venues_is_drilled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """`config/drill.toml`, and nothing of it has to be named."""
    asked: list[DrillOptions] = []

    def refuse(options: DrillOptions, _watcher: object) -> Harness:
        asked.append(options)
        raise InterruptedError

    monkeypatch.setattr(drilling, "Harness", refuse)
    monkeypatch.setattr(drilling.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(InterruptedError):
        drilling.drill(wanted(isolate=False))
    assert [options.config for options in asked] == [ALL]


def test_the_list_of_faults_has_every_kind(capsys):
    assert drilling.drill(wanted(faults="help")) == exits.OK
    shown = capsys.readouterr().out
    assert all(row.kind in shown for row in CATALOGUE)


def test_the_report_has_its_shape():
    fault = Fault(number=1, at_s=1.0, id="F-01", kind="crash_router", target="router")
    outcome = Outcome(struck=[Struck(1.2, fault, True)], duration_s=60.0, converged_s=3.5)
    report = drilling.report_of(wanted(), outcome, [Judged("INV-1", "t", True, "d")])
    assert json.loads(json.dumps(report)) == report
    assert report["seed"] == 7
    assert report["faults"][0] | {"id": "", "hit": ""} == {
        "at_s": 1.2,
        "kind": "crash_router",
        "target": "router",
        "id": "",
        "hit": "",
    }
    assert report["invariants"] == {"INV-1": {"held": True, "detail": "d"}}
    assert report["converged_s"] == 3.5


@pytest.mark.parametrize(
    ("changes", "held", "good"),
    [
        ({}, True, True),
        ({}, None, True),
        ({}, False, False),
        ({"completed": False}, True, False),
        ({"converged_s": None}, True, False),
    ],
)
def test_only_a_complete_drill_without_a_broken_invariant_is_good(changes, held, good):
    outcome = Outcome(**{"completed": True, "converged_s": 1.0} | changes)
    assert drilling.is_good(outcome, [Judged("INV-1", "", held, "")]) is good
