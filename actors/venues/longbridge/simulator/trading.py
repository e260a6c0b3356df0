"""Handlers of the orders: submit, replace, cancel, and what became of them."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from actors.venues.longbridge.simulator.closing import day_of
from actors.venues.longbridge.simulator.fields import Fields, wrong
from actors.venues.longbridge.simulator.listings import MARKET_OF_REGION
from actors.venues.longbridge.simulator.orders import STATUSES, Execution, Order
from actors.venues.longbridge.simulator.rest import Call, Route
from actors.venues.longbridge.simulator.rows import execution_row, order_detail, order_row
from actors.venues.longbridge.simulator.tickets import SIDES, Ticket, read_replace, read_ticket
from engine.simulator.moment import NS

ROWS_MAX: Final = 1_000
"""Rows of one answer; `has_more` says that there are others."""
WINDOW_S: Final = 90 * 86_400
"""What history covers unless asked otherwise."""
TIME_S_MAX: Final = 99_999_999_999
ID_MAX: Final = 2**63 - 1
MARKETS: Final = frozenset(MARKET_OF_REGION.values())


def submit(call: Call) -> dict[str, Any]:
    """POST /v1/trade/order."""
    listing = call.listing()
    today = day_of(listing.market, call.now.wall_ns)
    ticket = read_ticket(call.fields, listing, today, paper=call.holder.paper)
    order = call.desk.submit(call.account, ticket, call.now)
    return {"order_id": str(order.order_id)}


def _order_id(fields: Fields) -> int:
    order_id = _named(fields)
    if order_id is None:
        raise wrong("order_id", "is required")
    return order_id


def replace(call: Call) -> dict[str, Any]:
    """PUT /v1/trade/order."""
    read: Callable[[Ticket], Ticket] = partial(read_replace, call.fields)
    call.desk.replace(call.account, _order_id(call.fields), read, call.now)
    return {}


def cancel(call: Call) -> dict[str, Any]:
    """DELETE /v1/trade/order."""
    call.desk.cancel(call.account, _order_id(call.fields), call.now)
    return {}


def detail(call: Call) -> dict[str, Any]:
    """GET /v1/trade/order."""
    order = call.desk.find(call.account, _order_id(call.fields))
    return order_detail(order, *_printing(call, order))


def _printing(call: Call, order: Order) -> tuple[Any, str]:
    return call.desk.prices.last(order.terms.symbol), call.desk.settings.long_term_tag


# --- lists of orders ----------------------------------------------------------------------


def today_orders(call: Call) -> dict[str, Any]:
    """GET /v1/trade/order/today: open ones, and what the market's present day changed."""
    fits = _filter(call.fields)

    def wanted(order: Order) -> bool:
        return (order.open or _is_today(call, order.terms.symbol, order.updated_ns)) and fits(order)

    return {
        "orders": _rows(call, call.store.orders(wanted, ROWS_MAX, _named(call.fields))[:ROWS_MAX])
    }


def history_orders(call: Call) -> dict[str, Any]:
    """GET /v1/trade/order/history."""
    start_ns, end_ns = _window(call)
    fits = _filter(call.fields)

    def wanted(order: Order) -> bool:
        return start_ns <= order.submitted_ns <= end_ns and fits(order)

    skipped, size = _page(call.fields)
    found = call.store.orders(wanted, skipped + size, _named(call.fields))[skipped:]
    return {"has_more": len(found) > size, "orders": _rows(call, found[:size])}


def _rows(call: Call, found: list[Order]) -> list[dict[str, Any]]:
    return [order_row(order, *_printing(call, order)) for order in found]


def _filter(fields: Fields) -> Callable[[Order], bool]:
    """What the parameters of both lists ask for."""
    symbol, side = fields.text("symbol"), fields.choice("side", SIDES, "")
    market = fields.choice("market", MARKETS, "")
    statuses = frozenset(filter(None, fields.all("status")))
    if not statuses <= STATUSES:
        raise wrong("status")

    def fits(order: Order) -> bool:
        terms = order.terms
        return (
            symbol in ("", terms.symbol)
            and side in ("", terms.side)
            and market in ("", terms.listing.market)
            and (not statuses or order.status in statuses)
        )

    return fits


def _named(fields: Fields) -> int | None:
    """The one order that a list is asked for."""
    return fields.integer("order_id", 1, ID_MAX)


def _is_today(call: Call, symbol: str, at_ns: int) -> bool:
    market = MARKET_OF_REGION[symbol.rpartition(".")[2]]
    return day_of(market, at_ns) == day_of(market, call.now.wall_ns)


def _window(call: Call) -> tuple[int, int]:
    now_s = call.now.wall_s
    end_s = call.fields.integer("end_at", 0, TIME_S_MAX, now_s) or now_s
    start_s = call.fields.integer("start_at", 0, TIME_S_MAX, end_s - WINDOW_S) or 0
    return start_s * NS, end_s * NS + NS - 1


def _page(fields: Fields) -> tuple[int, int]:
    """How many rows are skipped, and how many are wanted."""
    page = fields.integer("page", 1, ROWS_MAX, 1) or 1
    size = fields.integer("size", 1, ROWS_MAX, ROWS_MAX) or ROWS_MAX
    return (page - 1) * size, size


# --- fills --------------------------------------------------------------------------------


def today_executions(call: Call) -> dict[str, Any]:
    """GET /v1/trade/execution/today."""
    fits = _execution_filter(call.fields)

    def wanted(execution: Execution) -> bool:
        return _is_today(call, execution.symbol, execution.at_ns) and fits(execution)

    found = call.store.executions(wanted, ROWS_MAX)[:ROWS_MAX]
    return {"trades": [execution_row(each) for each in found]}


def history_executions(call: Call) -> dict[str, Any]:
    """GET /v1/trade/execution/history."""
    start_ns, end_ns = _window(call)
    fits = _execution_filter(call.fields)

    def wanted(execution: Execution) -> bool:
        return start_ns <= execution.at_ns <= end_ns and fits(execution)

    skipped, size = _page(call.fields)
    found = call.store.executions(wanted, skipped + size)[skipped:]
    rows = [execution_row(each) for each in found[:size]]
    return {"has_more": len(found) > size, "trades": rows}


def _execution_filter(fields: Fields) -> Callable[[Execution], bool]:
    symbol, order_id = fields.text("symbol"), _named(fields)

    def fits(execution: Execution) -> bool:
        return symbol in ("", execution.symbol) and order_id in (None, execution.order_id)

    return fits


ROUTES: Final = (
    Route("POST", "/v1/trade/order", submit),
    Route("PUT", "/v1/trade/order", replace),
    Route("DELETE", "/v1/trade/order", cancel),
    Route("GET", "/v1/trade/order", detail),
    Route("GET", "/v1/trade/order/today", today_orders),
    Route("GET", "/v1/trade/order/history", history_orders),
    Route("GET", "/v1/trade/execution/today", today_executions),
    Route("GET", "/v1/trade/execution/history", history_executions),
)
