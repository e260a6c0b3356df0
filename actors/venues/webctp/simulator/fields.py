"""The fields of a request as the gateway reads them, with the words it refuses them in."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

INT_MAX: Final = 2**31 - 1


class Refused(Exception):
    """The gateway does not pass a request on; `kind` is the message's name, `text` what it says."""

    def __init__(self, text: str, kind: str = "error") -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


def unprocessable() -> Refused:
    """What the gateway says where its JSON library gave up."""
    return Refused("Processing error", "processing_error")


@attrs.frozen
class Fields:
    """The `data` of a request; asking for a field checks its type, and its range after that.

    Args:
        data: the object.
        quote: what a name stands between in refusals.
    """

    data: Mapping[str, Any]
    quote: str = '"'

    def _present(self, name: str) -> Any:
        if name not in self.data:
            raise Refused(f"Error: Field {self._quoted(name)} not found.")
        return self.data[name]

    def _quoted(self, name: str) -> str:
        return f"{self.quote}{name}{self.quote}"

    def _mistyped(self, name: str, wanted: str) -> Refused:
        return Refused(f"Error: Field {self._quoted(name)} type error (expected {wanted}).")

    def text(self, name: str) -> str:
        """A required text."""
        value = self._present(name)
        if not isinstance(value, str):
            raise self._mistyped(name, "string")
        return value

    def optional(self, name: str) -> str | None:
        """A text that may be missing."""
        return self.text(name) if name in self.data else None

    def number(self, name: str) -> float:
        """A required number, whole or not."""
        value = self._present(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._mistyped(name, "number")
        try:
            return float(value)
        except OverflowError:
            raise unprocessable() from None

    def integer(self, name: str) -> int:
        """A required whole number, written as one."""
        value = self._present(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._mistyped(name, "integer")
        return value

    def choice(self, name: str, last: int) -> int:
        """A required whole number from 0 to the last one."""
        value = self.integer(name)
        if not 0 <= value <= last:
            raise Refused(f"Error: Field {self._quoted(name)} out of range (0..{last}).")
        return value

    def names(self, name: str) -> list[str]:
        """A required array of texts."""
        value = self._present(name)
        if not isinstance(value, list):
            raise Refused(f"Error: {self._quoted(name)} is not an array.")
        if not all(isinstance(each, str) for each in value):
            raise unprocessable()
        return value
