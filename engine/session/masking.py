"""Keeping secrets out of texts: whatever the other side says may repeat what it was sent.

A token may stand in URLs and headers, and an answer or a reason of closing may echo it in full or, cut to
the length of a line, in part. A text that shares a piece of some length with a secret is withheld whole.
"""

from typing import Final
from urllib.parse import quote_plus

PIECE_CHARS: Final = 8
"""A shorter piece of a secret tells nothing; ordinary words would share it."""
SECRET_CHARS_MIN: Final = 4
"""A shorter secret is none: it would blot out ordinary words, as the placeholder of a check does."""
WITHHELD: Final = "(withheld: it repeats a part of a secret)"


class Mask:
    """Cleans texts of some secrets."""

    def __init__(self, *secrets: str) -> None:
        self._pieces = frozenset(
            piece
            for secret in secrets
            if len(secret) >= SECRET_CHARS_MIN
            for form in (secret, quote_plus(secret))
            for piece in _cut(form, min(PIECE_CHARS, len(secret)))
        )
        self._lengths = {len(piece) for piece in self._pieces}

    def clean(self, text: str) -> str:
        """The text, or `WITHHELD` in its place."""
        shown = any(not self._pieces.isdisjoint(_cut(text, length)) for length in self._lengths)
        return WITHHELD if shown else text


def _cut(text: str, length: int) -> set[str]:
    """All pieces of this length."""
    return {text[begin : begin + length] for begin in range(len(text) - length + 1)}
