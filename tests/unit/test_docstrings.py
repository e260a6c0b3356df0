"""Docstrings are taken apart: the text, and lists by heading whose entries may go on."""

from engine.docstrings import documented, parsed

TEXT = """First line.

Second paragraph
goes on.

Args:
    one: what it is,
        going on.
    *more: the rest: with a colon.

Raises:
    KeyError, ValueError: for bad ones.

Last word."""


def test_text_and_lists_are_told_apart():
    """An entry that goes on was once cut at the end of its line, in docs/risk.md."""
    found = parsed(TEXT)
    assert found.text == "First line. Second paragraph goes on. Last word."
    assert found.of("Args") == {"one": "what it is, going on.", "*more": "the rest: with a colon."}
    assert found.of("Raises") == {"KeyError, ValueError": "for bad ones."}
    assert found.of("Attributes") == {}


def test_what_says_nothing_is_empty():
    """No docstring, no text."""
    assert documented(lambda: 0).text == ""
    assert parsed("").lists == {}
