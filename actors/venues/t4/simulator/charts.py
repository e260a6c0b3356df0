"""Bars and trades as REST tells them; pure, time handed in."""

from typing import Any


def bar_chart(*_: Any) -> Any:
    """The bars between two trade dates."""
    return {"bars": []}


def trade_history(*_: Any) -> Any:
    """The trades between two times."""
    return {"trades": []}
