"""`masking`: no text that shares a piece with the secret gets out."""

from hypothesis import given
from hypothesis import strategies as st

from engine.session.masking import PIECE_CHARS, WITHHELD, Mask

TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60)


@given(TOKENS, st.text(max_size=30), st.text(max_size=30), st.data())
def test_any_piece_of_the_token_withholds_the_text(token: str, before: str, after: str, data):
    """Eight characters of it are enough, wherever they stand."""
    begin = data.draw(st.integers(0, len(token) - PIECE_CHARS))
    piece = token[begin : begin + PIECE_CHARS]
    assert Mask(token).clean(before + piece + after) == WITHHELD


@given(TOKENS, st.text(st.sampled_from("éüñ "), max_size=60))
def test_other_texts_pass(token: str, text: str):
    """What shares nothing is told as it is."""
    assert Mask(token).clean(text) == text


def test_a_quoted_token_is_found_and_a_placeholder_blots_nothing_out():
    """As it stands in a URL; and one of a character is no token."""
    assert Mask("a/b+c d:e;f=g").clean("url?token=a%2Fb%2Bc+d%3Ae") == WITHHELD
    assert Mask("-").clean("a-b") == "a-b"
    assert Mask("12345").clean("x 12345 y") == WITHHELD


def test_several_secrets_are_looked_for_each_by_its_own_length():
    """A short one beside a long one."""
    mask = Mask("12345", "a-much-longer-secret")
    assert mask.clean("x 12345 y") == WITHHELD
    assert mask.clean("and a-much-l…") == WITHHELD
    assert mask.clean("a-much shorter one") == "a-much shorter one"
    assert Mask().clean("anything") == "anything"
