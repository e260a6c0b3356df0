"""Reconciliation: what is asked, what is told, and when it is complete."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from actors.venues.longbridge.calls import Calls
from actors.venues.longbridge.following import Following
from actors.venues.longbridge.reconcile import (
    ATTEMPTS_MAX,
    PAGES_MAX,
    ROWS_LIMIT,
    SINGLES_MAX,
    SPAN_S_MAX,
    reconcile,
)
from actors.venues.longbridge.records import seen_in_row
from actors.venues.longbridge.rest import Answer, Rest, read_answer
from actors.venues.longbridge.signature import Credentials
from engine.messages.venue import PART_ITEMS_MAX, ReconcilePart, ReconcileRequest
from engine.model.enums import Lifecycle, Side
from engine.session.contract import HttpCall, HttpResponse, Note
from engine.session.jobs import Jobs
from tests.kit.longbridge_trade import (
    SECRETS,
    TENCENT,
    WALL_S,
    answer,
    at,
    calls,
    execution_row,
    order_row,
    settings,
)

ID = "701276261045858304"
LISTS = {
    "/v1/trade/order/history": "orders",
    "/v1/trade/order/today": "orders",
    "/v1/trade/execution/history": "trades",
    "/v1/trade/execution/today": "trades",
    "/v1/asset/account": "list",
    "/v1/asset/stock": "list",
}


class Venue:
    """Answers a reconciliation's questions by hand.

    Args:
        rows_limit: at which a list is cut.
        options: of the client. Rows of a history are shown by their time.
    """

    def __init__(self, rows_limit: int = ROWS_LIMIT, **options: Any) -> None:
        self.rows_limit = rows_limit
        self.settings = settings(**options)
        self.rest = Rest(self.settings, Calls(self.settings, Credentials.of(SECRETS)))
        self.following = Following()
        self.rows: dict[str, list[dict[str, Any]]] = {path: [] for path in LISTS}
        self.single: dict[str, dict[str, Any]] = {}
        self.failing: dict[str, list[HttpResponse]] = {}
        self.asked: list[str] = []

    def run(self, since_s: int = WALL_S - 600) -> list[object]:
        """The effects of the whole."""
        request = ReconcileRequest(
            session_boot=1,
            router_boot=1,
            request_id=7,
            since_ns=since_s * 10**9,
            instruments=(TENCENT,),
        )
        jobs = Jobs[Answer]()
        job = reconcile(request, at(0), self.settings, self.rest, self.following)
        running, effects = jobs.start(job, at(0))
        second = 0.0
        while jobs.running(running):
            second += 0.1
            if made := calls(effects):
                (call,) = made
                effects = jobs.answered(call.call_id, read_answer(self.answer(call)), at(second))
            else:
                second += 10
                effects = jobs.due(at(second))
        return effects

    def parts(self, since_s: int = WALL_S - 600) -> list[ReconcilePart]:
        return [each for each in self.run(since_s) if isinstance(each, ReconcilePart)]

    def answer(self, call: HttpCall) -> HttpResponse:
        parts = urlsplit(call.path)
        query = parse_qs(parts.query)
        self.asked.append(parts.path)
        if self.failing.get(parts.path):
            return self.failing[parts.path].pop(0)
        if parts.path == "/v1/trade/order":
            row = self.single.get(query["order_id"][0])
            return answer(row) if row else answer(code=602001, status=400)
        found = [row for row in self.rows[parts.path] if _within(row, query)]
        data: dict[str, Any] = {LISTS[parts.path]: found[: self.rows_limit]}
        if "history" in parts.path:
            data["has_more"] = len(found) > self.rows_limit
        return answer(data)


def _within(row: dict[str, Any], query: dict[str, list[str]]) -> bool:
    if "status" in query and row["status"] not in query["status"]:
        return False
    if "start_at" not in query:
        return True
    moment = int(row.get("submitted_at") or row["trade_done_at"])
    return int(query["start_at"][0]) <= moment <= int(query["end_at"][0])


def test_an_empty_account_is_agreed_on_with_one_part():
    """Eight questions, complete, since as asked."""
    venue = Venue()
    (part,) = venue.parts()
    assert (part.last, part.complete, part.error) == (True, True, "")
    assert part.since_ns == (WALL_S - 600) * 10**9
    assert not (part.orders)
    assert not (part.fills)
    assert not (part.positions)
    assert not (part.balances)
    assert len(venue.asked) == 7


def test_orders_fills_positions_and_balances_are_told():
    """One order in both lists is one order, one trade in both one fill."""
    venue = Venue()
    row = order_row(status="PartialFilledStatus", executed_quantity="100", executed_price="320.6")
    venue.rows["/v1/trade/order/today"] = [row]
    venue.rows["/v1/trade/order/history"] = [order_row(status="WaitToNew")]
    venue.rows["/v1/trade/execution/today"] = [execution_row(1)]
    venue.rows["/v1/trade/execution/history"] = [execution_row(1)]
    stock = {"symbol": "700.HK", "quantity": "100", "cost_price": "320.6"}
    venue.rows["/v1/asset/stock"] = [{"stock_info": [stock]}]
    cash = {"available_cash": "5000", "currency": "HKD"}
    venue.rows["/v1/asset/account"] = [{"cash_infos": [cash]}]
    (part,) = venue.parts()
    (order,) = part.orders
    assert (order.lifecycle, order.client_order_id) == (Lifecycle.PARTLY_FILLED, "p1")
    (fill,) = part.fills
    assert (fill.client_order_id, fill.side, fill.last_qty) == ("p1", Side.BUY, Decimal(100))
    assert [position.quantity for position in part.positions] == [Decimal(100)]
    assert [balance.total for balance in part.balances] == [Decimal(5000)]
    assert venue.following.shown(seen_in_row(row)) != []  # an update still is
    order_known = venue.following.get(ID)
    assert order_known is not None
    assert not order_known.owes_fills


def test_open_orders_are_found_however_old_they_are():
    """A GTC order entered two months ago is in no list of today."""
    venue = Venue()
    old = order_row(time_in_force="GTC", submitted_at=str(WALL_S - 60 * 86_400))
    venue.rows["/v1/trade/order/history"] = [old]
    (part,) = venue.parts()
    assert [order.venue_order_id for order in part.orders] == [ID]
    assert part.complete


def test_an_order_that_no_list_shows_is_asked_for_by_its_id():
    """It rested when we saw it last; or a trade names it."""
    venue = Venue()
    venue.following.shown(seen_in_row(order_row()))
    venue.single[ID] = order_row(status="ExpiredStatus", updated_at=str(WALL_S - 5))
    venue.rows["/v1/trade/execution/today"] = [execution_row(1, order_id="99")]
    venue.single["99"] = order_row(order_id="99", side="Sell", remark="")
    (part,) = venue.parts()
    assert {order.venue_order_id: order.lifecycle for order in part.orders} == {
        ID: Lifecycle.EXPIRED,
        "99": Lifecycle.OPEN,
    }
    (fill,) = part.fills
    assert (fill.venue_order_id, fill.side) == ("99", Side.SELL)
    assert part.complete


def test_a_trade_whose_side_nobody_tells_makes_the_answer_incomplete():
    """It is alarmed: a fill is missing that exists."""
    venue = Venue()
    venue.rows["/v1/trade/execution/today"] = [execution_row(1, order_id="99")]
    effects = venue.run()
    (part,) = [each for each in effects if isinstance(each, ReconcilePart)]
    assert (part.fills, part.complete) == ((), False)
    assert [each.event for each in effects if isinstance(each, Note)] == ["execution_without_order"]


def test_a_trade_that_tells_its_side_needs_no_order():
    """Newer answers do."""
    venue = Venue()
    venue.rows["/v1/trade/execution/today"] = [execution_row(1, order_id="99", side="Sell")]
    (part,) = venue.parts()
    assert [fill.side for fill in part.fills] == [Side.SELL]
    assert part.complete


def test_lists_that_are_cut_are_read_in_narrower_spans():
    """Nothing is left out, and the answer is complete."""
    venue = Venue()
    venue.rows["/v1/trade/execution/history"] = [
        execution_row(n, order_id="99", side="Buy", trade_done_at=str(WALL_S - n % 500))
        for n in range(2_500)
    ]
    (*_, last) = parts = venue.parts()
    fills = [fill for part in parts for fill in part.fills]
    assert len({fill.fill_key for fill in fills}) == len(fills) == 2_500
    assert all(part.complete for part in parts)
    assert last.since_ns == (WALL_S - 600) * 10**9
    assert all(len(part.fills) + len(part.orders) <= PART_ITEMS_MAX for part in parts)
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]


def test_where_reading_takes_too_long_less_is_claimed():
    """From the newest on; the bound of pages is kept."""
    venue = Venue()
    venue.rows["/v1/trade/execution/history"] = [
        execution_row(n, order_id="99", side="Buy", trade_done_at=str(WALL_S - n // 10))
        for n in range(30_000)
    ]
    (*_, last) = venue.parts(WALL_S - 3_000)
    assert last.since_ns > (WALL_S - 3_000) * 10**9
    assert venue.asked.count("/v1/trade/execution/history") <= PAGES_MAX + 2


def test_more_in_one_second_than_the_venue_shows_is_not_complete():
    """Narrower is not possible."""
    venue = Venue()
    venue.rows["/v1/trade/execution/history"] = [
        execution_row(n, order_id="99", side="Buy", trade_done_at=str(WALL_S - 5))
        for n in range(ROWS_LIMIT + 1)
    ]
    assert not any(part.complete for part in venue.parts())


def test_open_orders_beyond_the_bound_are_not_claimed(monkeypatch: pytest.MonkeyPatch):
    """Absence would be taken as evidence."""
    monkeypatch.setattr("actors.venues.longbridge.reconcile.ROWS_LIMIT", 50)
    venue = Venue(history_overlap_s=0, rows_limit=50)
    venue.rows["/v1/trade/order/history"] = [
        order_row(order_id=str(n), remark=f"c{n}", submitted_at=str(WALL_S - 86_400 - n * 60))
        for n in range(1_000)
    ]
    assert not any(part.complete for part in venue.parts())


def test_a_fault_of_the_venue_is_tried_again_and_then_told():
    """Queries change nothing, so they may be."""
    venue = Venue()
    path = "/v1/asset/stock"
    venue.failing[path] = [HttpResponse(502, {}, b"")] * (ATTEMPTS_MAX - 1)
    (part,) = venue.parts()
    assert part.complete
    venue.failing[path] = [HttpResponse(502, {}, b"")] * ATTEMPTS_MAX
    (part,) = venue.parts()
    assert (part.last, part.complete) == (True, False)
    assert "positions" in part.error


@pytest.mark.parametrize(
    "response",
    [
        answer(code=602001, status=400),
        answer(code=401003, status=401),
        answer([1]),
        answer({"list": 1}),
    ],
)
def test_a_refusal_or_nonsense_ends_it_at_once(response: HttpResponse):
    """Asking again would not help."""
    venue = Venue()
    venue.failing["/v1/asset/stock"] = [response]
    (part,) = venue.parts()
    assert part.error
    assert venue.asked == ["/v1/asset/stock"]


def test_a_since_before_all_histories_is_cut_to_what_the_venue_has():
    """Ninety days."""
    (part,) = Venue().parts(0)
    assert part.since_ns == (WALL_S + 60 - SPAN_S_MAX) * 10**9
    assert part.complete


def test_single_questions_are_bounded():
    """Of many orders that vanished the rest is asked for the next time; until then nothing is claimed."""
    venue = Venue()
    for number in range(SINGLES_MAX + 5):
        venue.following.shown(seen_in_row(order_row(order_id=f"9{number}", remark=f"c{number}")))
    (part,) = venue.parts()
    assert venue.asked.count("/v1/trade/order") == SINGLES_MAX
    assert not part.complete
    venue.single[f"9{SINGLES_MAX + 4}"] = order_row(order_id=f"9{SINGLES_MAX + 4}")
    (part,) = venue.parts()
    assert [order.venue_order_id for order in part.orders] == [f"9{SINGLES_MAX + 4}"]
    assert part.complete


@pytest.mark.parametrize("status", [500, 429, 403])
def test_an_order_that_the_venue_could_not_show_makes_the_answer_incomplete(status: int):
    """No answer is no absence: the order may be working, and would be ended for missing."""
    venue = Venue()
    venue.following.shown(seen_in_row(order_row()))
    venue.failing["/v1/trade/order"] = [HttpResponse(status=status, headers={}, body=b"")] * 3
    (part,) = venue.parts()
    assert (part.orders, part.complete, part.error) == ((), False, "")


def test_an_order_that_the_venue_refuses_to_show_is_absent():
    """It stands in no list of open orders either."""
    venue = Venue()
    venue.following.shown(seen_in_row(order_row()))
    (part,) = venue.parts()
    assert (part.orders, part.complete) == ((), True)


def test_a_lost_remark_is_known_from_the_session():
    """The order stays ours."""
    venue = Venue()
    venue.following.taken("p1", ID, "700.HK", Side.BUY)
    venue.rows["/v1/trade/order/today"] = [order_row(remark="")]
    venue.rows["/v1/trade/execution/today"] = [execution_row(1)]
    (part,) = venue.parts()
    assert [order.client_order_id for order in part.orders] == ["p1"]
    assert [fill.client_order_id for fill in part.fills] == ["p1"]
