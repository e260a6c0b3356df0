"""Lists: nothing that is needed to act is ever cut, at any width."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from actors.command import operating, tables
from actors.command.tables import Listing

ORDER = {
    "client_order_id": "97hv6a000100003x",
    "strategy": "eth-quoter",
    "instrument": "ETHUSDT.WOOXPRO",
    "side": "sell",
    "quantity": "1000.0005",
    "price": "61786.95",
    "lifecycle": "partly_filled",
    "pending": "replace",
    "certainty": "unknown",
    "cum_qty": "10",
    "avg_px": "61786.905",
    "code": "NOTIONAL_EXCEEDS_MAX_PER_ORDER",
    "text": "60000 above limit 50000 (strategy)",
}
KEPT = ("client_order_id", "strategy", "instrument", "quantity", "price", "code", "lifecycle")


def shown(listing: Listing, width: int) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(listing)
    return capture.get()


@pytest.mark.parametrize("width", [300, 140, 100, 80, 50])
def test_ids_prices_and_codes_are_whole(width):
    """At 80 columns too: `cancel` needs the id, and nobody can copy half of one."""
    text = shown(operating.listing(operating.COLUMNS["orders"], [ORDER, ORDER]), width)

    assert all(text.count(ORDER[key]) == 2 for key in KEPT)
    assert "…" not in text
    assert all(len(line) <= width for line in text.splitlines())


def test_columns_give_way_before_rows_become_blocks():
    """Empty ones first and unsaid, then by their worth and said; a header is there while it fits."""
    rows = [[Text("one"), Text(""), Text("right"), Text("x" * 30)]]
    listing = Listing(("a", "empty", "b", "long"), rows, gives_way=("b",))

    assert "empty" in shown(listing, 80)
    assert shown(listing, 42).split() == ["a", "b", "long", "one", "right", "x" * 30]
    assert "no room for: b" in shown(listing, 36)
    assert shown(listing, 20).split()[:4] == ["a", "one", "b", "right"]


@given(
    st.lists(
        st.lists(st.from_regex(r"[a-z0-9.]{0,20}", fullmatch=True), min_size=4, max_size=4),
        min_size=1,
        max_size=3,
    ),
    st.integers(22, 120),
)
def test_every_word_is_there_whole_at_every_width(rows, width):
    """Whatever the cells, as long as one of them fits on a line at all."""
    listing = Listing(("A", "B", "C", "D"), [[Text(cell) for cell in row] for row in rows])
    text = shown(listing, width)
    words = re.split(r"\s+", text)

    for cell in (cell for row in rows for cell in row if cell):
        assert cell in words


def test_a_pipe_gets_lines_as_long_as_they_are(capsys):
    """No terminal, no width: programs and files get one line per row."""
    tables.show(operating.listing(operating.COLUMNS["orders"], [ORDER]))
    lines = capsys.readouterr().out.splitlines()

    assert len(lines) == 2
    assert all(value in lines[1] for value in ORDER.values())
    assert len(lines[1]) > 160
    assert lines[0] == lines[0].rstrip()
