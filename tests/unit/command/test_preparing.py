"""Everything wrong with a run is found before it starts, and all of it is said."""

from pathlib import Path

import pytest

from actors.command.places import config_folder
from actors.command.preparing import Options, prepare
from engine.errors import ConfigError
from engine.risk.limits import LIVE_MANDATORY, LIVE_MANDATORY_SUMS

BAD = """
[engine]
nmae = "x"
mode = "live"

[venues.wooxprox]
simulator = {}

[[strategies]]
name = "a"
class = "strategies.sma_cross:SmaCross"
instruments = ["BTCUSDT.WOOXPROX"]
parameters = { fast = 30, slow = 10 }

[risk.defaults]
max_order_qty = "1"
[risk.strategies.b]
"""


def refused(file: Path, options: Options) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        prepare(file, options, keep_state=True)
    return {problem.path: problem.problem for problem in caught.value.problems}


def test_one_fault_hides_no_other(tmp_path: Path):
    """Keys, live switch, venues, parameters, limits and options together."""
    file = tmp_path / "bad.toml"
    file.write_text(BAD)
    found = refused(file, Options(report=tmp_path / "none" / "r.json"))

    limits = (*LIVE_MANDATORY, *LIVE_MANDATORY_SUMS)
    assert set(found) == {
        *(f"risk.instruments.BTCUSDT.WOOXPROX.{name}" for name in limits),
        "--report",
        "engine",
        "live.confirm",
        "venues.wooxprox",
        "strategies[0].parameters",
        "risk.defaults",
        "risk.strategies.b",
    }


@pytest.mark.parametrize("for_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_length_must_be_a_length(for_s):
    """Zero, negative and infinite times are refused."""
    assert set(refused(config_folder() / "demo.toml", Options(for_s=for_s))) == {"--for"}


def test_a_report_must_have_a_place(tmp_path: Path):
    """A folder is no file; a file in a folder that is there is fine."""
    demo = config_folder() / "demo.toml"

    assert set(refused(demo, Options(report=tmp_path))) == {"--report"}
    options = Options(report=tmp_path / "r.json", for_s=1.0, run_dir=tmp_path)
    assert prepare(demo, options, keep_state=False).state_dir == tmp_path / "state"
