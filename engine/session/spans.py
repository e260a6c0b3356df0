"""Which span of time to ask for next when a list is cut at a number of rows.

From the newest backwards, because the newest rows matter most when not all can be read. Nothing is
assumed of the order of the rows or of which are left out: only a page that was not cut counts, so the
width of a span follows from how full the pages are.
"""

from typing import Final

ROWS_WANTED: Final = 0.8
"""Part of the limit aimed at: enough below it that a little more activity does not cost the page."""
FIRST_SHRINK: Final = 8
"""While no page was whole, the first guess may be far off."""
GROWTH_MAX: Final = 4
"""How much wider the next span may be; quiet hours are crossed in a few steps."""


class Spans:
    """Spans of whole seconds, both ends included, that cover `start_s` to `end_s`.

    Args:
        start_s: the first second.
        end_s: the last second.
        rows_limit: rows at which the venue cuts a page.
    """

    def __init__(self, start_s: int, end_s: int, rows_limit: int) -> None:
        self._rows_limit = rows_limit
        self._start_s = start_s
        self._high_s = end_s
        self._width_s = end_s - start_s + 1
        self._any_whole = False
        self._full_from_s = end_s + 1
        self._full_rows = 0

    @property
    def covered_from_s(self) -> int:
        """Everything from this second on has been read."""
        return self._high_s + 1

    def next(self) -> tuple[int, int] | None:
        """The span to ask for; None when all is covered."""
        if self._high_s < self._start_s:
            return None
        return max(self._start_s, self._high_s - self._width_s + 1), self._high_s

    def take(self, rows: int) -> bool:
        """The page of `next` has so many rows: whether they are all there are, or all there can be.

        False: it was cut, and a narrower span is next.
        """
        low_s, high_s = self.next() or (self._start_s, self._start_s)
        width_s = high_s - low_s + 1
        if rows >= self._rows_limit and width_s > 1:
            self._width_s = max(1, width_s // (2 if self._any_whole else FIRST_SHRINK))
            self._full_from_s, self._full_rows = low_s, self._rows_limit
            return False
        self._any_whole = True
        self._high_s = low_s - 1
        self._full_rows -= rows
        wanted_s = width_s * int(self._rows_limit * ROWS_WANTED) // max(1, rows)
        self._width_s = max(1, min(wanted_s, width_s * GROWTH_MAX, self._narrow_s()))
        return True

    def _narrow_s(self) -> int:
        """The rest of a span that was cut, if nothing was found in the other part, is cut as well."""
        rest_s = self._high_s - self._full_from_s + 1
        certain = rest_s > 1 and self._full_rows >= self._rows_limit
        return rest_s // 2 if certain else self._high_s + 1
