"""What anybody with a key may ask the router."""

from collections.abc import Callable, Mapping

from engine.orders.kernel import Kernel
from engine.orders.operating.arguments import Arguments, Refused, flag_of
from engine.orders.views import (
    alarm_row,
    chosen_denials,
    chosen_orders,
    fill_row,
    order_row,
    position_rows,
    status,
    summary,
)

ROWS_MAX = 10_000
"""Rows of one answer; the newest ones."""

Question = Callable[[Arguments], object]


class Questions:
    """Reads; changes nothing."""

    def __init__(self, kernel: Kernel) -> None:
        self._k = kernel

    def table(self) -> Mapping[str, Question]:
        """The questions by name."""
        kernel = self._k
        return {
            "status": lambda _: status(kernel),
            "summary": lambda _: summary(kernel),
            "orders": self._orders,
            "positions": lambda _: list(position_rows(kernel)),
            "fills": self._fills,
            "alarms": lambda _: [alarm_row(alarm) for alarm in kernel.book.alarms],
        }

    def _orders(self, arguments: Arguments) -> object:
        """Orders; with `denied` what became none, newest last: as many as the router keeps."""
        if flag_of(arguments, "denied"):
            rows = list(chosen_denials(self._k, arguments))
        else:
            rows = [order_row(self._k, order) for order in chosen_orders(self._k, arguments)]
        return rows[-_limit(arguments) :]

    def _fills(self, arguments: Arguments) -> object:
        wanted = {name: arguments.get(name) for name in ("strategy", "instrument", "account")}
        rows = [
            fill_row(fill)
            for fill in self._k.book.fills
            if all(value in (None, "", getattr(fill, name)) for name, value in wanted.items())
        ]
        return rows[-_limit(arguments) :]


def _limit(arguments: Arguments) -> int:
    limit = arguments.get("limit", ROWS_MAX)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= ROWS_MAX:
        raise Refused(f"limit must be 1 to {ROWS_MAX}")
    return limit
