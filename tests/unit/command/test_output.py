"""Lines of JSON never hold up or end the engine that prints them."""

import os
from collections.abc import Iterator
from typing import TextIO

import pytest

from actors.command.output import JsonLines

Pipe = tuple[int, TextIO]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """The end to read from, and the end to print to."""
    read, write = os.pipe()
    with os.fdopen(write, "w") as out:
        yield read, out


def test_a_line_is_an_object(pipe: Pipe):
    """What JSON does not know is shown as text."""
    read, out = pipe
    JsonLines(out).write({"a": 1, "b": {2}})
    assert os.read(read, 100) == b'{"a": 1, "b": "{2}"}\n'
    os.close(read)


def test_a_reader_that_goes_away_ends_the_printing_only(pipe: Pipe):
    """Further lines go nowhere, without an error at any time."""
    read, out = pipe
    lines = JsonLines(out)
    os.close(read)
    for _ in range(3):
        lines.write({"a": 1}, patient=True)
    out.flush()


def test_a_reader_that_stands_still_holds_up_nobody(pipe: Pipe):
    """What does not fit into the pipe is left out and counted; reading on brings further lines."""
    read, out = pipe
    lines = JsonLines(out)
    while not lines.dropped:
        lines.write({"a": "x" * 1000})
    os.read(read, 1 << 20)
    lines.write({"last": 1})

    assert lines.dropped == 1
    assert os.read(read, 1 << 20) == b'{"last": 1}\n'
    os.close(read)
