"""A section of limits whose name fits nothing would never be applied, so it is refused."""

import pytest

from engine.settings import examine_text
from tests.unit.settings.test_loader import GOOD


@pytest.mark.parametrize(
    ("section", "path", "hint"),
    [
        ("strategies.btc-cros", "risk.strategies.btc-cros", "did you mean 'btc-cross'?"),
        ('instruments."BTCUSD.WOOXPRO"', "risk.instruments.BTCUSD.WOOXPRO", "'BTCUSDT.WOOXPRO'"),
        ('instruments."btcusdt.wooxpro"', "risk.instruments.btcusdt.wooxpro", "'BTCUSDT.WOOXPRO'"),
        ("venues.wooxprox", "risk.venues.wooxprox", "did you mean 'wooxpro'?"),
        ("venues.zzz", "risk.venues.zzz", "there are: wooxpro"),
        ('accounts."wooxpro.real"', "risk.accounts.wooxpro.real", "wooxpro.live"),
    ],
)
def test_a_misspelt_name_is_a_problem(section, path, hint):
    """With what was probably meant."""
    (problem,) = examine_text(f"{GOOD}\n[risk.{section}]\nmax_open_orders = 1\n").problems

    assert problem.path == path
    assert hint in problem.hint


def test_names_that_are_used_are_fine():
    """Traded instruments, reference instruments, strategies (also disabled ones), venues."""
    text = GOOD.replace(
        "simulator =", 'reference_instruments = ["ETHUSDT.WOOXPRO", "700.HK.WOOXPRO"]\nsimulator ='
    )
    text = text.replace("parameters =", "enabled = false\nparameters =")
    sections = ("strategies.btc-cross", "venues.wooxpro")
    sections += ('accounts."wooxpro.live"',)
    sections += ('instruments."700.HK.WOOXPRO"',)
    sections += ('instruments."ETHUSDT.WOOXPRO"', 'instruments."BTCUSDT.WOOXPRO"')
    text += "".join(f"\n[risk.{section}]\nmax_open_orders = 1\n" for section in sections)

    assert examine_text(text).problems == ()


def test_no_name_is_unknown_while_names_cannot_be_read():
    """A strategy whose name is no text may be the one that is meant."""
    text = GOOD.replace('name = "btc-cross"', "name = 3") + "\n[risk.strategies.btc-cross]\n"

    assert [problem.path for problem in examine_text(text).problems] == ["strategies[0].name"]
