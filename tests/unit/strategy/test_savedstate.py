"""A strategy's saved state survives as a whole: the old one or the new one, never a half."""

import math
from decimal import Decimal
from pathlib import Path

import pytest

from engine.errors import ConfigError, LimitExceeded
from engine.strategy.host import StrategyHost
from engine.strategy.outbox import SaveState
from engine.strategy.savedstate import SAVED_BYTES_MAX, load_saved, store_saved

EMPTY = '{"state": {"x": ""}, "report_seen": 0, "journal": 0}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "strategies" / "a.json"


def test_nothing_saved_is_empty(file: Path):
    """The first start ever has no state, and that is no error."""
    assert load_saved(file) == SaveState({}, report_seen=0, journal=0)


def test_what_was_saved_comes_back(file: Path):
    """Texts, numbers, lists and tables; the last save replaces the one before."""
    store_saved(file, SaveState({"gone": 1}, report_seen=8, journal=1))
    state = {"n": 1, "x": 1.5, "text": "µ", "list": [1, [2]], "table": {"a": None}}
    saved = SaveState(state, report_seen=9, journal=2**63 - 1)
    store_saved(file, saved)

    assert load_saved(file) == saved
    assert [path.name for path in file.parent.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"x": object()}, TypeError),
        ({"x": {1, 2}}, TypeError),
        ({"x": math.nan}, ValueError),
        ({"x": "y" * SAVED_BYTES_MAX}, LimitExceeded),
    ],
)
def test_a_state_that_cannot_be_kept_leaves_the_old_one(file: Path, state, error):
    """What JSON cannot say, or what is too large, is refused and destroys nothing."""
    store_saved(file, SaveState({"n": 1}))

    with pytest.raises(error):
        store_saved(file, SaveState(state))
    assert load_saved(file) == SaveState({"n": 1})


def test_the_largest_state_is_taken(file: Path):
    """The bound is inclusive."""
    state = {"x": "y" * (SAVED_BYTES_MAX - len(EMPTY))}
    store_saved(file, SaveState(state))

    assert load_saved(file) == SaveState(state)


def test_a_write_that_fails_leaves_the_old_one(file: Path, monkeypatch):
    """A full disk while the new file is written does not touch the state in force."""
    store_saved(file, SaveState({"n": 1}))

    def fail(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.strategy.savedstate.os.fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        store_saved(file, SaveState({"n": 2}))
    assert load_saved(file) == SaveState({"n": 1})


@pytest.mark.parametrize(
    "content",
    [
        '{"n": 1',
        "",
        "\x00\x01",
        "[1]",
        '"text"',
        "\xff",
        '{"n": 1}',
        '{"state": [], "report_seen": 1, "journal": 1}',
        '{"state": {}, "report_seen": true, "journal": 1}',
        '{"state": {}, "report_seen": 1, "journal": null}',
    ],
)
def test_a_damaged_file_is_refused(file: Path, content: str):
    """Starting without a state that was there could trade wrongly: the file is named instead."""
    store_saved(file, SaveState({}))
    file.write_bytes(content.encode("latin-1"))

    with pytest.raises(ConfigError, match=r"a\.json"):
        load_saved(file)


@pytest.mark.parametrize(
    ("state", "error", "text"),
    [
        ({"price": Decimal(1)}, TypeError, "a Decimal as text"),
        ({"price": float("nan")}, ValueError, "finite numbers"),
        ({"text": "x" * SAVED_BYTES_MAX}, LimitExceeded, "at most"),
    ],
)
def test_what_cannot_be_kept_is_refused_where_it_is_asked_for(state, error, text):
    """In the callback, so that the traceback names its line; it was once the engine's own."""
    host = StrategyHost("s", 1, ())
    with pytest.raises(error, match=text):
        host.save(state)
    assert host.take() == []
