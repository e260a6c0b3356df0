"""Keeping the token out of every text: it stands in URLs, so whatever repeats a URL repeats it.

The venue may echo what it was sent, in full or in part, in answers and in reasons of closing. A text
that shares a piece of some length with the token is withheld whole.
"""

from typing import Final
from urllib.parse import quote_plus

PIECE_CHARS: Final = 8
"""A shorter piece of a token tells nothing; ordinary words would share it."""
TOKEN_CHARS_MIN: Final = 4
"""A shorter token is none: it would blot out ordinary words, as the placeholder of a check does."""
WITHHELD: Final = "(withheld: it repeats a part of the token)"


class Mask:
    """Cleans texts of one token."""

    def __init__(self, token: str) -> None:
        self._length = min(PIECE_CHARS, len(token))
        searched = self._length >= TOKEN_CHARS_MIN
        self._pieces = self._cut(token) | self._cut(quote_plus(token)) if searched else frozenset()

    def clean(self, text: str) -> str:
        """The text, or `WITHHELD` in its place."""
        shown = any(
            text[begin : begin + self._length] in self._pieces
            for begin in range(len(text) - self._length + 1)
        )
        return WITHHELD if shown else text

    def _cut(self, token: str) -> frozenset[str]:
        length = self._length
        return frozenset(token[begin : begin + length] for begin in range(len(token) - length + 1))
