"""Configuration files: everything wrong is reported at once, with its path; nothing is guessed."""

from decimal import Decimal
from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.model.enums import Mode
from engine.settings import load, load_text

GOOD = """
[engine]
name = "desk"
mode = "paper"

[venues.wooxpro]
simulator = { speed = 2.0 }
sign_suffix = "wooxpro.WebSocket"

[[strategies]]
name = "btc-cross"
class = "strategies.sma_cross:SmaCross"
instruments = ["BTCUSDT.WOOXPRO"]
parameters = { fast = 10, slow = 30 }

[risk.defaults]
max_order_notional = { USDT = "50000" }

[paper]
cash = { USDT = "12.5" }
"""


def problems(text: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load_text(text)
    return {problem.path: str(problem) for problem in caught.value.problems}


def test_a_good_file_gives_typed_values():
    """Sections become typed values; a venue's own keys stay raw for the venue's class."""
    settings = load_text(GOOD)

    assert settings.engine.name == "desk"
    assert settings.engine.effective_durability == "process"
    assert settings.venues["wooxpro"].simulator.speed == 2.0
    assert settings.venues["wooxpro"].settings == {"sign_suffix": "wooxpro.WebSocket"}
    assert settings.strategies[0].class_ == "strategies.sma_cross:SmaCross"
    assert settings.paper.cash == {"USDT": Decimal("12.5")}


def test_all_problems_are_reported_at_once():
    """Three faults in three sections give three problems, each with its path."""
    found = problems(
        GOOD.replace('mode = "paper"', 'mode = "papier"')
        .replace("speed = 2.0", 'speed = "fast"')
        .replace('name = "btc-cross"', 'name = "BTC Cross"')
    )

    assert len(found) == 3
    assert any(path.startswith("engine") for path in found)
    assert any("wooxpro" in path for path in found)
    assert any("strategies" in path for path in found)


def test_unknown_keys_are_refused_with_a_guess():
    """PT-34: a misspelt key is named together with the key that was probably meant."""
    found = problems(GOOD.replace("[engine]", "[engine]\nnmae = 1"))

    assert any("unknown key 'nmae'" in text and "'name'" in text for text in found.values())


def test_money_as_float_is_refused():
    """A price or an amount of money must be exact text."""
    found = problems(GOOD.replace('USDT = "12.5"', "USDT = 12.5"))

    assert any("exact number" in text for text in found.values())


def test_an_instrument_of_an_unconfigured_venue_is_a_problem():
    """The message names the section that is missing."""
    found = problems(GOOD.replace("BTCUSDT.WOOXPRO", "ESZ6.T4"))

    assert "add [venues.t4]" in found["strategies[0].instruments"]


@pytest.mark.parametrize(
    ("instrument", "said"),
    [
        ("700.HK", "is at the venue 'hk', which is not configured"),
        ("WOOXPRO", "is not SYMBOL.VENUE"),
        (".WOOXPRO", "is not SYMBOL.VENUE"),
        ("700.HK.wooxpro", "write '700.HK.WOOXPRO'"),
    ],
)
def test_an_instrument_that_cannot_be_meant_is_a_problem(instrument, said):
    """The venue is what follows the last dot, in capitals; what precedes it may have dots."""
    assert (
        said in problems(GOOD.replace("BTCUSDT.WOOXPRO", instrument))["strategies[0].instruments"]
    )


TWINS = GOOD.replace(
    'instruments = ["BTCUSDT.WOOXPRO"]',
    """instruments = ["BTCUSDT.WOOXPRO", "700.HK.WOOXPRO"]
twins = { "700.HK.WOOXPRO" = "BTCUSDT.WOOXPRO" }""",
)


def test_twins_are_pairs_of_the_strategys_instruments():
    """Names with dots are quoted keys."""
    (strategy,) = load_text(TWINS).strategies

    assert strategy.twins == {"700.HK.WOOXPRO": "BTCUSDT.WOOXPRO"}


@pytest.mark.parametrize(
    ("twins", "said"),
    [
        ('{ "700.HK.WOOXPRO" = "X.WOOXPRO" }', "'X.WOOXPRO' is not among the strategy's"),
        ('{ "X.WOOXPRO" = "BTCUSDT.WOOXPRO" }', "'X.WOOXPRO' is not among the strategy's"),
        ('{ "700.HK.WOOXPRO" = "700.HK.WOOXPRO" }', "is a twin and has one itself"),
        ('{ "700.HK.WOOXPRO" = 5 }', "text"),
    ],
)
def test_twins_that_cannot_be_are_problems(twins, said):
    """A misspelt name, a twin of itself, a value that is no name."""
    found = problems(TWINS.replace('{ "700.HK.WOOXPRO" = "BTCUSDT.WOOXPRO" }', twins))
    assert said in " ".join(found.values())


def test_live_needs_the_second_switch():
    """`mode = "live"` alone does not start; repeating the engine's name does."""
    live = GOOD.replace('mode = "paper"', 'mode = "live"')

    assert "live.confirm" in problems(live)
    assert load_text(live + '\n[live]\nconfirm = "desk"\n').engine.mode is Mode.LIVE


def test_a_missing_file_says_so(tmp_path: Path):
    """The message names the file and the reason."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml")


def test_relative_paths_are_relative_to_the_file(tmp_path: Path):
    """A recording next to the file is found wherever the program is started from."""
    file = tmp_path / "a.toml"
    file.write_text(GOOD.replace("speed = 2.0", 'replay = "tape"'))

    assert load(file).venues["wooxpro"].simulator.replay == tmp_path / "tape"


def test_strategy_names_are_unique():
    """Two instances of one name would share sockets and orders."""
    again = GOOD.replace(
        "[risk.defaults]",
        GOOD.split("[[strategies]]")[1].join(["[[strategies]]", ""]).split("[risk")[0]
        + "[risk.defaults]",
    )

    assert any("used twice" in text for text in problems(again).values())


def test_what_becomes_of_orders_without_their_strategy_is_declared():
    """Kept unless said otherwise; a grace time shorter than a hiccup and unknown words are refused."""
    first = load_text(GOOD).strategies[0]
    assert (first.on_death.value, first.grace_s) == ("keep", 30.0)
    line = 'instruments = ["BTCUSDT.WOOXPRO"]'
    said = load_text(GOOD.replace(line, f'{line}\non_death = "cancel_and_flatten"\ngrace_s = 5'))
    assert (said.strategies[0].on_death.value, said.strategies[0].grace_s) == (
        "cancel_and_flatten",
        5.0,
    )
    found = problems(GOOD.replace(line, f'{line}\non_death = "drop"'))
    assert "cancel_and_flatten" in found["strategies[0].on_death"]
    found = problems(GOOD.replace(line, f"{line}\ngrace_s = 1"))
    assert any("at least 3" in text for text in found.values())


def test_the_operator_is_an_owner_with_limits_but_no_strategy():
    """Strangers' orders may be claimed for it or for a strategy; no strategy may have its name."""
    claiming = GOOD.replace("sign_suffix", 'claim_external = "operator"\nsign_suffix')
    settings = load_text(claiming + '[risk.strategies.operator]\nmax_order_quantity = "1"\n')
    assert settings.venues["wooxpro"].claim_external == "operator"
    assert "claim_external" not in settings.venues["wooxpro"].settings
    found = problems(claiming.replace('"operator"', '"nobody"'))
    assert "btc-cross" in found["venues.wooxpro.claim_external"]
    found = problems(GOOD.replace('name = "btc-cross"', 'name = "operator"'))
    assert "orders by hand" in found["strategies[0].name"]


def with_journal(line: str) -> str:
    return GOOD.replace("[venues.wooxpro]", f"[engine.journal]\n{line}\n[venues.wooxpro]", 1)


def test_the_journals_bounds_are_settings():
    """What is not given is usual."""
    journal = load_text(with_journal("keep_days = 7")).engine.journal

    assert (journal.segment_mib, journal.snapshot_records, journal.keep_days) == (64, 100_000, 7)


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [
        ("keep_days", 1, 36_500),
        ("segment_mib", 1, 4_096),
        ("snapshot_records", 1_000, 5_000_000),
    ],
)
def test_the_journals_bounds_have_bounds(key: str, least: int, most: int):
    """Both ends are allowed, what is beyond is refused with them."""
    for good in (least, most):
        assert getattr(load_text(with_journal(f"{key} = {good}")).engine.journal, key) == good
    for bad in (least - 1, most + 1):
        found = problems(with_journal(f"{key} = {bad}"))["engine.journal"]
        assert f"{key} must be from {least} to {most}, not {bad}" in found
