"""Mistakes in a strategy's class are refused at load, with class, file, line and what to do."""

from pathlib import Path

import pytest

import strategies
from engine.errors import ConfigError
from engine.strategy import Strategy
from engine.strategy.inspection import check, listing
from engine.strategy.loading import load_class
from engine.strategy.soundness import CALLBACKS, faults_of
from tests.kit import plugins

HEAD = "from engine.strategy import Decimal, Quote, Strategy, parameter\n\nclass X(Strategy):\n"


def problems(folder: Path, body: str) -> list[str]:
    """What is said of a strategy with this body when a configuration is checked."""
    (folder / "x.py").write_text(HEAD + "".join(f"    {line}\n" for line in body.splitlines()))
    entry = {"path": "strategies[0]", "class": "x:X", "parameters": {}}
    rows = check({"folder": str(folder), "strategies": [entry]})
    assert all(row["path"].startswith("strategies[0]") for row in rows)
    return [f"{row['problem']} → {row['hint']}" for row in rows]


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("def on_quotes(self, quote): pass", ["x.py:4: X.on_quotes is no callback", "`on_quote`?"]),
        ("def onQuote(self, quote): pass", ["X.onQuote is no callback", "did you mean `on_quote`?"]),
        ("def on_signal(self): pass\ndef on_entry(self): pass\ndef on_new_high(self): pass", []),
        ("def on_qoute(self, quote): pass", ["X.on_qoute is no callback", "`on_quote`?"]),
        ("def on_fills(self, order, fill): pass", ["X.on_fills is no callback", "`on_fill`?"]),
        ("def on_quote(self, instrument, quote): pass", ["missing a required argument: 'quote'", "def on_quote(self, quote)"]),
        ("def on_fill(self, fill): pass", ["too many positional arguments", "def on_fill(self, order, fill)"]),
        ("def on_stale(self, instrument, fresh): pass", []),
        ("def on_stale(self, instrument): pass", ["'fresh'", "def on_stale(self, instrument, *, fresh)"]),
        ("@staticmethod\ndef on_quote(self, quote): pass", ["cannot be called"]),
        ("@staticmethod\ndef on_quote(quote): pass", []),
        ("async def on_quote(self, quote): pass", ["is async", "self.offload"]),
        ("def on_quote(self, quote):\n    yield", ["a generator"]),
        ("on_quote = 5", ["must be a method, not int"]),
        ("def on_quote(self, *whatever, more=1): pass", []),
        ("def __init__(self): self.n = 0", ["x.py:4: X.__init__", "`on_start`"]),
        ("def __init__(self, *a, **k): super().__init__(*a, **k)", []),
        ("def __init__(self, desk, parameters):\n    super().__init__(desk, parameters)\n    self.n = 0", []),
        ("def __init__(self): super().__init__()", ["X.__init__", "super().__init__(*arguments)"]),
        ("def position(self): return 1", ["X.position takes the place", "another name"]),
        ("log = None", ["x.py: X.log takes the place"]),
        ("name: str = parameter('a')", ["parameter X.name takes the place"]),
        ("window: int = parameter(3.5)", ["the default of parameter X.window", "a whole number, got a number 3.5"]),
        ("q: Decimal = parameter(0.5)", ["the default of parameter X.q", 'such as "0.5"']),
        ("n: int = parameter(1, minimum='0')", ["minimum of parameter X.n"]),
        ("n: int = parameter(1, choices=('a',))", ["a choice of parameter X.n"]),
    ],
)  # fmt: skip
def test_a_silent_mistake_is_refused_at_load(tmp_path: Path, body: str, parts: list[str]):
    """One problem for each, or none where there is no mistake."""
    found = problems(tmp_path, body)
    assert len(found) == bool(parts)
    of_declaration = ["x.py fails on import: TypeError", "/x.py:3)"] if "parameter(" in body else []
    for part in [*of_declaration, *parts]:
        assert part in found[0]


def test_all_mistakes_come_at_once(tmp_path: Path):
    """Also those of a base class; one that is mended below does not count."""
    (tmp_path / "x.py").write_text(
        HEAD
        + "    def on_quotes(self): pass\n    def on_trade(self): pass\n    def on_book(self): pass\n"
        + "class Y(X):\n    def on_book(self, book): pass\n    def on_barr(self): pass\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_class("x:Y", tmp_path)
    named = {problem.problem.split()[1] for problem in caught.value.problems}
    assert named == {"X.on_quotes", "X.on_trade", "Y.on_barr"}


def test_the_listing_shows_the_mistake_of_a_class(tmp_path: Path):
    """By class and without hiding the others of its file."""
    (tmp_path / "x.py").write_text(
        HEAD + "    def on_quotes(self): pass\nclass Y(Strategy): pass\n"
    )
    rows = {row["class"]: row for row in listing(tmp_path)}
    assert "did you mean `on_quote`?" in rows["strategies.x:X"]["problem"]
    assert "problem" not in rows["strategies.x:Y"]


def test_our_own_strategies_are_sound():
    """Those that come along, and those of the tests; the base class names all callbacks."""
    for folder in (Path(strategies.__file__).parent, Path(plugins.__path__[0])):
        rows = listing(folder)
        assert rows
        assert [row["problem"] for row in rows if "problem" in row] == []
    assert faults_of(Strategy, "p") == []
    assert {"check_parameters", "on_start", "on_fill_revised"} < CALLBACKS
