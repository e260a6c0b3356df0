"""`check` says what would go wrong, and what is no fault but may surprise."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.command.checking import notes, watchers
from actors.command.compactjson import compact
from actors.command.preparing import Options, Prepared, prepare
from actors.command.rehearsing import Rehearsed, rehearse, unlisted
from actors.venues import discover
from engine.settings import load_text
from tests.kit import twofeeds

TEXT = """
[venues.twofeeds]
[venues.wooxpro]
[[strategies]]
name = "watcher"
class = "strategies.sma_cross:SmaCross"
instruments = ["AAPL.US.TWOFEEDS", "700.HK.TWOFEEDS"]
[[strategies]]
name = "trader"
class = "strategies.sma_cross:SmaCross"
instruments = ["AAPL.US.TWOFEEDS", "BTCUSDT.WOOXPRO"]
[[strategies]]
name = "resting"
class = "strategies.sma_cross:SmaCross"
instruments = ["AAPL.US.TWOFEEDS"]
enabled = false
"""


def test_strategies_without_a_venue_for_orders_are_named():
    """One instrument that can be traded is enough; what is not started is not spoken of."""
    venues = {**discover(), twofeeds.NAME: twofeeds.VENUE}

    assert watchers(load_text(TEXT), venues) == ["watcher"]


SIMULATED = """
[engine]
name = "one"
[venues.wooxpro]
simulator = { options = { %s } }
[[strategies]]
name = "cross"
class = "strategies.sma_cross:SmaCross"
instruments = ["BTCUSDX.WOOXPRO"]
"""


def rehearsed_with(options: str, tmp_path: Path) -> tuple[Prepared, Rehearsed]:
    file = tmp_path / "one.toml"
    file.write_text(SIMULATED % options)
    prepared = prepare(file, Options(run_dir=tmp_path / "run"), keep_state=True)
    return prepared, rehearse(prepared.tree)


@pytest.mark.parametrize(
    ("options", "said"),
    [('symbol = ["BTCUSDT"]', "did you mean 'symbols'?"), ('symbols = ["FOO"]', "FOO")],
)
def test_what_a_simulator_refuses_is_found_before_the_start(options, said, tmp_path):
    """Found where the engine ran on without its venue, whose simulator had failed."""
    _, rehearsed = rehearsed_with(options, tmp_path)
    (problem,) = rehearsed.problems
    assert problem.path.startswith("venues.wooxpro.simulator")
    assert said in str(problem)


def test_an_instrument_that_the_simulator_does_not_list_is_noted(tmp_path):
    """Its strategy would wait without end; at a real venue nobody can know."""
    prepared, rehearsed = rehearsed_with('symbols = ["BTCUSDT"]', tmp_path)
    assert rehearsed.problems == ()
    assert list(unlisted(prepared.settings, rehearsed)) == [
        "cross will wait: the simulator of wooxpro does not list BTCUSDX, only BTCUSDT"
    ]


def test_paper_trading_without_limits_is_noted(tmp_path):
    """It is allowed, and seldom meant."""
    prepared, _ = rehearsed_with('symbols = ["BTCUSDT"]', tmp_path)
    (note,) = notes(prepared.settings, discover())
    assert "nothing limits the orders" in note


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=50)
@given(VALUES, st.integers(10, 200))
def test_settings_are_shown_as_json(value, width):
    """Whatever is shown can be read by programs."""
    assert json.loads(compact(value, width=width)) == value


def test_what_fits_on_a_line_stays_on_one():
    """And what does not is broken at its outermost brackets."""
    value = {"name": "demo", "limits": {"USD": "5", "CNY": "40"}, "symbols": ["A", "B"]}
    assert compact(value, width=100) == json.dumps(value)
    assert compact(value, width=40).splitlines() == [
        "{",
        '  "name": "demo",',
        '  "limits": {"USD": "5", "CNY": "40"},',
        '  "symbols": ["A", "B"]',
        "}",
    ]
