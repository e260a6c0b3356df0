"""Reading the parameters of a request: query strings with repeated keys, and JSON bodies.

Whatever is wrong with a parameter is code 602001 with a message that names it. A JSON null counts
as absent, because one SDK sends it for what is unset; keys that nobody asks for are ignored.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.longbridge.simulator import codes
from actors.venues.longbridge.simulator.codes import Refusal

NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,11})(\.\d{1,8})?")
_QUANTITY: Final = re.compile(r"([1-9]\d{0,11}(\.\d{1,8})?|0\.\d{1,8})")
"""So short that a price times a quantity is exact to the cent."""


def wrong(name: str, why: str = "") -> Refusal:
    """The refusal of a parameter."""
    return Refusal(codes.PARAMETER, f"param {name} {why or 'is invalid'}")


@attrs.frozen
class Fields:
    """The parameters of one request."""

    values: Mapping[str, Any]

    def raw(self, name: str) -> Any:
        """The value as it came (the last one of a repeated key), None when absent."""
        value = self.values.get(name)
        return value[-1] if isinstance(value, list) and value else value

    def all(self, name: str) -> Sequence[str]:
        """All values of a key that may be repeated."""
        value = self.values.get(name)
        if value is None:
            return ()
        return [str(each) for each in value] if isinstance(value, list) else [str(value)]

    def text(self, name: str, longest: int = 256) -> str:
        """A text, empty when absent."""
        value = self.raw(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > longest:
            raise wrong(name)
        return value

    def required(self, name: str) -> str:
        """A text that has to be there."""
        value = self.text(name)
        if not value:
            raise wrong(name, "is required")
        return value

    def choice(self, name: str, choices: Collection[str], default: str | None = None) -> str:
        """One of a set of words."""
        value = self.text(name) or default
        if value is None:
            raise wrong(name, "is required")
        if value not in choices and value != default:
            raise wrong(name)
        return value

    def number(self, name: str) -> Decimal | None:
        """A decimal in a string, None when absent or empty."""
        value = self.text(name)
        if not value:
            return None
        if not NUMBER.fullmatch(value):
            raise wrong(name)
        return Decimal(value)

    def positive(self, name: str) -> Decimal | None:
        """A decimal above zero."""
        value = self.number(name)
        if value is not None and value <= 0:
            raise wrong(name, "must be above zero")
        return value

    def quantity(self, name: str) -> Decimal:
        """A quantity: has to be there, positive, without a leading zero."""
        value = self.required(name)
        if not _QUANTITY.fullmatch(value) or not Decimal(value):
            raise wrong(name)
        return Decimal(value)

    def integer(
        self, name: str, lowest: int, highest: int, default: int | None = None
    ) -> int | None:
        """A whole number as number or as text, `default` when absent."""
        value = self.raw(name)
        if value is None or value == "":
            return default
        text = str(value)
        if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,19}", text):
            raise wrong(name)
        if not lowest <= int(text) <= highest:
            raise wrong(name, f"must be between {lowest} and {highest}")
        return int(text)
