"""What was meant by an instrument that cannot be traded, and what can."""

import pytest

from engine.orders.operating.hints import NAMED_MAX, instrument_hint
from tests.kit.orders import BTC, ETH, Bench

NAMES = ("BTCUSDT.WOOXPRO", "ETHUSDT.WOOXPRO", "700.HK.LONGBRIDGE")
VENUES = {"wooxpro", "longbridge"}


@pytest.mark.parametrize(
    ("wanted", "says", "silent"),
    [
        ("BTCUSD.WOOXPRO", "did you mean BTCUSDT.WOOXPRO?", "SYMBOL.VENUE"),
        ("btcusdt.wooxpro", "did you mean BTCUSDT.WOOXPRO?", "LONGBRIDGE"),
        ("BTCUSDT", "SYMBOL.VENUE, with a venue that takes orders: LONGBRIDGE, WOOXPRO", "yet"),
        ("BTCUSDT", "did you mean BTCUSDT.WOOXPRO?", "yet"),
        ("BTCUSDT.WOXPRO", "takes orders: LONGBRIDGE, WOOXPRO; did you mean BTCUSDT.WOO", "yet"),
        ("zzz.LONGBRIDGE", "listed here: 700.HK.LONGBRIDGE", "BTCUSDT"),
    ],
)
def test_a_wrong_name_is_told_from_a_wrong_venue(wanted, says, silent):
    """And the nearest of what there is, is named."""
    hint = instrument_hint(wanted, NAMES, VENUES)
    assert says in hint
    assert silent not in hint


def test_a_hint_is_short():
    """However many instruments a venue lists; it says so when it has listed none."""
    hint = instrument_hint("X.V", [f"S{n:03d}.V" for n in range(500)], {"v"})
    assert hint.count(".V") == NAMED_MAX
    assert f"and {500 - NAMED_MAX} more" in hint
    assert "no venue" in instrument_hint("X.V", [], {"v"})


def test_a_denial_by_hand_says_what_it_means():
    """Code and numbers are for programs; the meaning and what there is instead are for people."""
    bench = Bench().open_venue()
    wish = {"instrument": "BTCUSD.TESTVENUE", "side": "buy", "quantity": "1", "price": "99"}
    for answer in (
        bench.ask("order", "x", dry_run=True, **wish)["would"],
        bench.ask("order", "x", **wish),
    ):
        assert answer["denied"]["code"] == "INSTRUMENT_NOT_ALLOWED"
        assert answer["denied"]["meaning"] == "the instrument is not on the strategy's list"
        assert f"did you mean {BTC}?" in answer["denied"]["hint"]
        assert ETH in answer["denied"]["hint"]
    denied = bench.ask("order", "x", **wish | {"instrument": BTC})["denied"]
    assert denied["code"] == "LIMIT_MISSING"
    assert "[risk.strategies.operator]" in denied["hint"]
