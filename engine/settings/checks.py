"""Checks of fields of settings, for attrs: each names the field, what it may be, and what it was."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs

Check = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def one_of(*words: object) -> Check:
    """One of these words."""

    def check(_instance: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        if value not in words:
            names = ", ".join(repr(word) for word in words)
            raise ValueError(f"{attribute.name} must be one of {names}, not {value!r}")

    return check


def between(low: float | Decimal, high: float | Decimal) -> Check:
    """A number from here to there."""

    def check(_instance: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        if not low <= value <= high:
            raise ValueError(f"{attribute.name} must be from {low} to {high}, not {value}")

    return check
