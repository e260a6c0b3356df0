"""`venues` and `strategies` show what there is, as tables for people and JSON for programs."""

import json
from pathlib import Path

import pytest

from actors.command import exits, listing, plugins
from tests.kit import twofeeds

PARAMETER = {
    "name": "fast",
    "type": "int",
    "default": 5,
    "required": False,
    "min": None,
    "max": None,
    "choices": [],
    "help": "bars [fast]",
}


def test_venues_as_json_have_their_keys(capsys):
    """Sessions, capabilities and notes, in the words of the interfaces page."""
    assert listing.venues(as_json=True) == exits.OK
    (row,) = [r for r in json.loads(capsys.readouterr().out) if r["name"] == "wooxpro"]

    assert row["sessions"] == ["data", "trade"]
    assert {"limit", "market"} <= set(row["order_types"])
    assert row["certainty_notes"]
    assert {"post_only", "replace", "query_order"} <= set(row["capabilities"])


def test_a_venue_without_orders_shows_its_feeds(capsys, monkeypatch):
    """A session each, named as its process is behind the venue."""
    monkeypatch.setattr(listing, "discover", lambda: {"twofeeds": twofeeds.VENUE})
    listing.venues(as_json=True)
    (row,) = json.loads(capsys.readouterr().out)

    assert row["sessions"] == ["letters.data", "digits.data"]
    assert row["order_types"] == []


def test_venues_as_a_table(capsys):
    """One line for each."""
    assert listing.venues(as_json=False) == exits.OK
    assert "wooxpro" in capsys.readouterr().out


def test_strategies_show_parameters_and_faults(capsys, monkeypatch):
    """What does not load is named with its reason; text of plugins is shown as it is."""
    rows = [
        {"name": "bad", "source": "bad.py", "problem": "fails on import: [/x]"},
        {"name": "bare", "class": "s:Bare", "doc": "", "parameters": [], "source": "x"},
        {
            "name": "good",
            "class": "s:Good",
            "doc": "Trades [b].\nMore.",
            "parameters": [PARAMETER, {**PARAMETER, "name": "must", "required": True}],
            "source": "x",
        },
    ]
    monkeypatch.setattr(plugins, "listing", lambda _folder: rows)
    assert listing.strategies(as_json=False) == exits.OK
    out = capsys.readouterr().out

    assert "bad does not load: fails on import: [/x]" in out
    assert "s:Bare" in out
    assert "s:Good  Trades [b]." in out
    assert "More." not in out
    assert "bars [fast]" in out
    assert "(required)" in out


def test_strategies_as_json_are_what_the_plugins_say(capsys, monkeypatch, tmp_path: Path):
    """Of the folder in force."""
    monkeypatch.setenv("PITBOSS_STRATEGIES", str(tmp_path))
    (tmp_path / "mine.py").write_text(
        "from engine.strategy import Strategy\nclass Mine(Strategy):\n    pass\n"
    )
    assert listing.strategies(as_json=True) == exits.OK
    (row,) = json.loads(capsys.readouterr().out)

    assert (row["name"], row["class"], row["doc"]) == ("mine", "strategies.mine:Mine", "")
    assert row["source"] == str(tmp_path / "mine.py")


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, ""),
        ({"min": 2}, "2 … "),
        ({"max": 9}, " … 9"),
        ({"min": 0, "max": 9}, "0 … 9"),
        ({"choices": ["a", "b"], "min": 1}, "a, b"),
    ],
)
def test_limits_are_shown_as_a_range(changes, allowed):
    """Choices go before limits; a limit of zero is a limit."""
    assert listing._allowed({**PARAMETER, **changes}) == allowed


def test_a_joined_venue_says_so(capsys: pytest.CaptureFixture[str]):
    """Programs see which venue has one process for data and orders where orders are live."""
    assert listing.venues(as_json=True) == 0
    rows = json.loads(capsys.readouterr().out)

    assert {row["name"] for row in rows if row["capabilities"]["joined"]} == {"t4"}
    assert next(row for row in rows if row["name"] == "t4")["sessions"] == ["data", "trade"]
