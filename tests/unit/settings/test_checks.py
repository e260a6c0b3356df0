"""Checks of settings' fields say the field, what it may be, and what it was."""

import attrs
import pytest

from engine.settings.checks import between, one_of


@attrs.frozen(kw_only=True)
class Some:
    word: str = attrs.field(default="a", validator=one_of("a", "b"))
    number: float = attrs.field(default=1.0, validator=between(1, 2))


def test_what_may_be():
    """Both ends of a span belong to it."""
    assert Some(word="b", number=2.0)
    assert Some(number=1.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"word": "c"}, "word must be one of 'a', 'b', not 'c'"),
        ({"number": 2.1}, "number must be from 1 to 2, not 2.1"),
        ({"number": float("nan")}, "number must be from 1 to 2, not nan"),
    ],
)
def test_what_may_not(given, said):
    """One sentence."""
    with pytest.raises(ValueError, match=said):
        Some(**given)
