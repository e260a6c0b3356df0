"""`acting`: the router's answers, shown to people."""

import io

from rich.console import Console

from actors.command.acting import view


def shown(answer: object) -> str:
    """As a terminal shows it."""
    out = io.StringIO()
    Console(file=out, width=200).print(view(answer))
    return out.getvalue()


def test_an_order_that_went_is_not_called_denied():
    """The answer has a place for a denial, which stays empty."""
    order = {"client_order_id": "p1", "lifecycle": "open", "instrument": "700.HK.LONGBRIDGE"}
    assert "denied" not in shown({"order": order, "denied": None})
    assert "700.HK.LONGBRIDGE" in shown({"order": order, "denied": None})
    denial = {"code": "QUANTITY_OFF_LOT", "text": "150 (lot 100)"}
    assert "denied: code QUANTITY_OFF_LOT" in shown({"order": order, "denied": denial})


def test_values_are_words_for_people():
    """Times of the day and the year, ages without needless digits, yes and no; what is empty is left out."""
    answer = {"agreed_ns": 1_700_000_000_000_000_000, "age_s": 8.123456, "comparing": False}
    text = shown({**answer, "reason": "", "never_ns": 0})

    assert "agreed: 2023-11-14 22:13:20 UTC" in text
    assert "age s: 8.1\n" in text
    assert "comparing: no" in text
    assert "never: never" in text
    assert "reason" not in text


def test_a_denial_is_explained():
    """What the code means, and what there is instead."""
    denial = {"code": "X", "text": "BTC.V", "meaning": "it is [not] listed", "hint": "BTCUSDT.V"}
    text = shown({"order": None, "denied": denial})

    assert text.splitlines() == [
        "denied: code X, text BTC.V",
        "  it is [not] listed",
        "  → BTCUSDT.V",
    ]
