"""Lists that a person can read and copy from, whatever the width: no name, price, quantity or code is cut.

Side by side where all of it fits; else without the columns that matter less; else one block per row.
Where nobody has a terminal (a pipe, a file) a list is as wide as it needs.
"""

import sys
from collections.abc import Collection, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

GAP = 2
"""Blanks between columns, and before what belongs to a block's first line."""

WRAPPED_MIN = 30
"""A column of sentences is folded to this width, no further, unless told otherwise."""

NATURAL_MAX = 10_000
"""Width of what goes to a program: more than any line has."""


class Listing:
    """Rows under titles, chosen to fit when it is drawn."""

    def __init__(
        self,
        titles: Sequence[str],
        rows: Sequence[Sequence[Text]],
        *,
        wraps: Collection[str] = (),
        gives_way: Sequence[str] = (),
        blocks: bool = True,
        wrapped_min: int = WRAPPED_MIN,
    ) -> None:
        """Columns are named by their titles.

        Args:
            titles: of the columns.
            rows: their cells, as many as there are titles.
            wraps: columns of sentences, which may take several lines.
            gives_way: columns left out where there is no room, the first of them first.
            wrapped_min: width that such a column has at least.
            blocks: whether one block per row is better than lines that are folded.
        """
        self._titles = list(titles)
        self._rows = [list(row) for row in rows]
        self._wraps = frozenset(wraps)
        self._gives_way = [title for title in gives_way if title in self._titles]
        self._blocks = blocks
        self._wrapped_min = wrapped_min

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """From almost nothing to all of it side by side."""
        most = self._width(self._titles, folded=False)
        return Measurement(1, most).with_maximum(options.max_width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table, or the blocks."""
        titles, left_out = self._fitting(options.max_width)
        if titles or not self._blocks:
            yield self._table(titles or self._shortest())
        else:
            yield from self._as_blocks(options.max_width)
        if left_out and self._blocks:
            yield Text(f"no room for: {', '.join(left_out)} (--json has all)", style="dim")

    # --- side by side ---------------------------------------------------------------------------

    def _fitting(self, width: int) -> tuple[list[str], list[str]]:
        """The titles that fit, and those left out though there is something in them; nothing if none fit."""
        if self._width(self._titles) <= width:
            return self._titles, []
        titles = [title for title in self._titles if not self._is_blank(title)]
        left_out: list[str] = []
        for title in ("", *self._gives_way):
            if title in titles:
                titles.remove(title)
                left_out.append(title)
            if self._width(titles) <= width:
                return titles, left_out
        return [], []

    def _shortest(self) -> list[str]:
        return [title for title in self._titles if title not in self._gives_way]

    def _is_blank(self, title: str) -> bool:
        place = self._titles.index(title)
        return bool(self._rows) and all(not row[place].plain for row in self._rows)

    def _width(self, titles: Sequence[str], *, folded: bool = True) -> int:
        return sum(self._width_of(title, folded=folded) + GAP for title in titles) - GAP

    def _width_of(self, title: str, *, folded: bool) -> int:
        place = self._titles.index(title)
        lines = (line for row in self._rows for line in row[place].plain.splitlines())
        widest = max(map(cell_len, (title, *lines)))
        return min(widest, self._wrapped_min) if folded and title in self._wraps else widest

    def _table(self, titles: Sequence[str]) -> Table:
        table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False)
        for title in titles:
            table.add_column(title, no_wrap=title not in self._wraps, overflow="fold")
        places = [self._titles.index(title) for title in titles]
        for row in self._rows:
            table.add_row(*(row[place] for place in places))
        return table

    # --- one block per row ----------------------------------------------------------------------

    def _as_blocks(self, width: int) -> Iterator[RenderableType]:
        for row in self._rows:
            pairs = [
                Text.assemble((f"{title} ", "dim"), cell)
                for title, cell in zip(self._titles, row, strict=True)
                if cell.plain
            ]
            yield from _filled(pairs, width)


def _filled(pairs: Sequence[Text], width: int) -> Iterator[Text]:
    """Pairs on as few lines as they take, those after the first indented; none is broken that fits a line."""
    line = Text(overflow="fold")
    for pair in pairs:
        if line.plain.strip() and line.cell_len + GAP + pair.cell_len > width:
            yield line
            line = Text(" " * GAP, overflow="fold")
        elif line.plain.strip():
            line.append(" " * GAP)
        line.append_text(pair)
    yield line


def show(shown: RenderableType) -> None:
    """Print for whoever reads standard output: within the terminal's width, else as wide as it is."""
    console = Console()
    if console.is_terminal:
        console.print(shown)
        return
    options = console.options.update(max_width=NATURAL_MAX)
    wide = Console(width=max(1, Measurement.get(console, options, shown).maximum))
    with wide.capture() as capture:
        wide.print(shown)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())
