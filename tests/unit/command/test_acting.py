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
