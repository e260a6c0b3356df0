"""`reconcile`: complete only when nothing was cut, in parts of bounded size."""

from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from actors.venues.wooxpro.account import BUY_CLOSE, BUY_OPEN, Account
from actors.venues.wooxpro.details import instruments_of
from actors.venues.wooxpro.login import Credentials
from actors.venues.wooxpro.reconcile import (
    GONE_MAX,
    PAGES_MAX,
    ROWS_LIMIT,
    SPAN_S_MAX,
    Sources,
    reconcile,
)
from actors.venues.wooxpro.rest import Path, Rest, read_answer
from engine.messages.codec import encode
from engine.messages.venue import PART_ITEMS_MAX, ReconcilePart, ReconcileRequest
from engine.model.enums import Side
from engine.session.contract import GiveUp, HttpCall, HttpResponse, Note
from engine.session.jobs import Jobs
from tests.kit.wooxpro import (
    BTC,
    SECRETS,
    WALL_NS,
    answer,
    at,
    calls,
    detail,
    order_row,
    settings,
    trade_row,
)

Reply = Callable[[HttpCall], HttpResponse | None]
EMPTY = {
    Path.POSITION_MODE: {"position_mode": "one_way_mode"},
    Path.POSITIONS: [],
    Path.OPEN_ORDERS: [],
    Path.TRADES: [],
    Path.ORDER_HISTORY: [],
    Path.ASSETS: [],
    Path.LEVERAGE: {},
}


def run(
    reply: Reply,
    *,
    since_ns: int = WALL_NS - 10**12,
    resting: dict[str, str] | None = None,
    **changes: object,
):
    """A whole reconciliation against a venue that answers by `reply` (None: nothing special)."""
    chosen = settings(**changes)
    account = Account(chosen)
    account.resting = resting or {}
    instruments, _ = instruments_of({"symbols": [detail("BTCUSDT")]}, chosen)
    sources = Sources(
        rest=Rest(chosen, Credentials.of(SECRETS)),
        settings=chosen,
        account=account,
        currency_of=lambda _: "USDT",
        instruments={found.id: found for found in instruments},
    )
    request = ReconcileRequest(
        session_boot=1, router_boot=1, request_id=9, since_ns=since_ns, instruments=(BTC,)
    )
    jobs, second, made = Jobs(), 0.0, []
    running, effects = jobs.start(reconcile(request, at(0), sources), at(0))
    while jobs.running(running):
        pending, effects = calls(effects), []
        for call in pending:
            made.append(call)
            response = reply(call) or answer(EMPTY[Path(call.path)])
            effects += jobs.answered(call.call_id, read_answer(response), at(second))
        if not pending:
            second += 1
            effects += jobs.due(at(second))
        assert len(made) < 1000
    return effects, made, account


def parts(effects: list[object]) -> list[ReconcilePart]:
    return [effect for effect in effects if isinstance(effect, ReconcilePart)]


def pager(path: Path, times_s: list[int], row: Callable[[int], dict[str, object]]) -> Reply:
    """A venue whose list at `path` has rows at these times and cuts at the limit."""

    def reply(call: HttpCall) -> HttpResponse | None:
        if call.path != path:
            return None
        low, high = int(call.query["start_time"]), int(call.query["end_time"])
        found = [row(number) for number, at_s in enumerate(times_s) if low <= at_s <= high]
        return answer(found[:ROWS_LIMIT])

    return reply


@pytest.mark.parametrize("count", [0, 1, ROWS_LIMIT - 1, ROWS_LIMIT, 777])
def test_a_cut_list_is_read_in_spans_until_it_is_whole(count: int):
    """Every fill is found once, the claim of completeness holds, the parts are bounded."""
    begin_s = WALL_NS // 10**9 - 1000
    times_s = [begin_s + number % 1000 for number in range(count)]
    effects, _, _ = run(pager(Path.TRADES, times_s, trade_row))
    found = parts(effects)
    assert len({fill.fill_key for part in found for fill in part.fills}) == count
    assert sum(len(part.fills) for part in found) == count
    assert all(part.complete and not part.error for part in found)
    assert [part.part for part in found] == list(range(len(found)))
    assert [part.last for part in found] == [False] * (len(found) - 1) + [True]
    for part in found:
        items = part.orders, part.fills, part.positions, part.balances
        assert sum(map(len, items)) <= PART_ITEMS_MAX
        assert len(encode(part)) < 256 * 1024


def test_more_rows_in_one_second_than_the_venue_shows_are_not_complete():
    """What cannot be halved any more is said to be incomplete, with what there is."""
    second_s = WALL_NS // 10**9 - 500
    effects, made, _ = run(pager(Path.TRADES, [second_s] * 300, trade_row))
    assert not any(part.complete for part in parts(effects))
    assert sum(len(part.fills) for part in parts(effects)) == ROWS_LIMIT
    assert len(made) < PAGES_MAX


def test_a_list_that_is_always_full_ends():
    """A venue that ignores the times does not keep us asking for ever."""
    full = answer([trade_row(number) for number in range(ROWS_LIMIT)])
    effects, made, _ = run(lambda call: full if call.path == Path.TRADES else None)
    assert not parts(effects)[0].complete
    assert len(made) <= PAGES_MAX + 10


def test_a_busy_history_is_read_from_the_newest_and_no_more_is_claimed():
    """A router does not wait for hours of orders: what is claimed was read whole, and soon enough."""
    end_s = WALL_NS // 10**9
    times_s = [end_s - number // 10 for number in range(3 * 36_000)]  # ten a second for three hours
    row = {"state": 4, "deal_size": "0"}
    effects, made, _ = run(
        pager(Path.ORDER_HISTORY, times_s, lambda n: order_row(order_id=str(n), **row)),
        since_ns=(end_s - 3 * 3600) * 10**9,
    )
    found = parts(effects)
    assert len(made) <= PAGES_MAX + 6
    covered_ns = found[0].since_ns
    assert {part.since_ns for part in found} == {covered_ns}
    ids = {int(order.venue_order_id) for part in found for order in part.orders}
    due = {number for number, at_s in enumerate(times_s) if at_s * 10**9 >= covered_ns}
    assert ids == due
    assert len(due) > PAGES_MAX * ROWS_LIMIT / 2  # pages are neither wasted nor mostly empty


def test_five_minutes_of_the_highest_rate_are_read_completely():
    """What a reconnect asks for (the router goes back 300 s) fits into the time it waits."""
    end_s = WALL_NS // 10**9
    times_s = [end_s - number // 10 for number in range(3_600)]
    row = {"state": 4, "deal_size": "0"}
    effects, _, _ = run(
        pager(Path.ORDER_HISTORY, times_s, lambda n: order_row(order_id=str(n), **row)),
        since_ns=(end_s - 300) * 10**9,
    )
    assert all(part.complete for part in parts(effects))
    assert parts(effects)[0].since_ns == (end_s - 300) * 10**9


def test_an_order_that_rested_and_is_in_no_list_is_asked_for():
    """The history may go by creation, and this one was created before it begins."""
    ended = order_row(state=4, deal_size="3", order_id="31")

    def reply(call: HttpCall) -> HttpResponse | None:
        if call.path != Path.ORDER:
            return None
        found = call.query["order_id"] == "31"
        return answer(ended) if found else answer(code=40035, status=400)

    resting = {str(number): "BTCUSDT" for number in range(31, 31 + GONE_MAX + 5)}
    effects, made, account = run(reply, resting=resting)
    (order,) = parts(effects)[0].orders
    assert (order.venue_order_id, order.lifecycle) == ("31", "filled")
    assert sum(call.path == Path.ORDER for call in made) == GONE_MAX
    assert account.resting == {}
    opened = answer([order_row()])
    _, made, account = run(lambda call: opened if call.path == Path.OPEN_ORDERS else None)
    assert account.resting == {"31": "BTCUSDT"}


def test_a_hundred_open_orders_are_not_complete():
    """The list of open orders is cut at 100; symbols behind the cut cannot be known."""
    full = answer([order_row(order_id=str(number)) for number in range(100)])
    effects, made, _ = run(lambda call: full if call.path == Path.OPEN_ORDERS else None)
    assert not any(part.complete for part in parts(effects))
    assert [call.query.get("symbol") for call in made if call.path == Path.OPEN_ORDERS] == [
        None,
        "BTCUSDT",
    ]


def test_nothing_older_than_the_venue_keeps_is_claimed():
    """From the beginning of time means from 90 days ago, and says so."""
    effects, made, _ = run(lambda _: None, since_ns=0)
    (part,) = parts(effects)
    assert part.complete
    spans = [
        int(call.query["end_time"]) - int(call.query["start_time"])
        for call in made
        if "start_time" in call.query
    ]
    assert max(spans) == SPAN_S_MAX
    assert part.since_ns == (WALL_NS // 10**9 + 60 - SPAN_S_MAX) * 10**9


def test_an_order_that_leaves_the_open_list_meanwhile_is_told_by_the_history():
    """The history is asked later and is the newer witness."""

    def reply(call: HttpCall) -> HttpResponse | None:
        if call.path == Path.OPEN_ORDERS:
            return answer([order_row()])
        if call.path == Path.ORDER_HISTORY:
            return answer([order_row(state=4, deal_size="3")])
        return None

    effects, _, _ = run(reply)
    (order,) = parts(effects)[0].orders
    assert order.lifecycle == "filled"


def test_closing_orders_are_known_again_after_a_restart():
    """In hedge mode open closing orders hold their part of the position; ended ones do not."""

    def reply(call: HttpCall) -> HttpResponse | None:
        if call.path == Path.POSITION_MODE:
            return answer({"position_mode": "hedge_mode"})
        if call.path == Path.OPEN_ORDERS:
            rows = [order_row(side=2, size="4", deal_size="1"), order_row(order_id="32", side=2)]
            return answer([rows[0], {**rows[1], "client_order_id": "p2"}])
        if call.path == Path.ORDER_HISTORY:
            return answer([order_row(order_id="32", client_order_id="p2", side=2, state=4)])
        return None

    _, _, account = run(reply)
    codes = [
        account.side_code("BTCUSDT", Side.BUY, Decimal(quantity), Decimal(-5), reduce_only=False)
        for quantity in (2, 3)
    ]
    assert codes == [BUY_CLOSE, BUY_OPEN]


def test_a_since_in_the_future_asks_for_a_possible_span():
    """A clock that was set back does not make an impossible request."""
    _, made, _ = run(lambda _: None, since_ns=WALL_NS + 10**15)
    for call in made:
        if "start_time" in call.query:
            assert int(call.query["start_time"]) < int(call.query["end_time"])


@pytest.mark.parametrize("path", [path for path in EMPTY if path != Path.LEVERAGE])
@pytest.mark.parametrize("data", [1, "x", [1], [[]], [{}], {"position_mode": 3}])
def test_an_answer_of_another_shape_ends_it_with_an_error(path: Path, data: object):
    """No exception, no half reconciliation: one part with the reason."""
    effects, _, _ = run(lambda call: answer(data) if call.path == path else None)
    (part,) = parts(effects)
    assert part.error
    assert not part.complete
    assert part.last


def test_rejected_credentials_end_the_session():
    """An expired key in a reconciliation is an error and the end of all attempts."""
    effects, made, _ = run(lambda _: answer(code=30011, status=403))
    assert [type(effect) for effect in effects] == [ReconcilePart, GiveUp]
    assert len(made) == 1


def test_a_flake_is_asked_again():
    """Queries change nothing: 404, 429 and lost answers are tried three times."""
    seen: set[str] = set()

    def reply(call: HttpCall) -> HttpResponse | None:
        key = f"{call.path}{urlencode(call.query)}"
        if key in seen or call.path == Path.POSITION_MODE:
            return None
        seen.add(key)
        return HttpResponse(404, {}, b'{"error_msg":"404 Route Not Found"}')

    effects, _, _ = run(reply)
    assert parts(effects)[0].complete


def test_leverage_is_applied_once_where_no_position_stands():
    """Only when the settings ask for it; a refusal is an alert and no obstacle."""
    effects, made, account = run(lambda _: None, apply_leverage=True, default_leverage=3)
    (call,) = [call for call in made if call.path == Path.LEVERAGE]
    assert call.body == b'{"symbol":"BTCUSDT","leverage":"3","open_type":"cross"}'
    assert account.leverage_applied == {"BTCUSDT"}
    refused = answer(code=40040, status=400)
    effects, _, account = run(
        lambda call: refused if call.path == Path.LEVERAGE else None, apply_leverage=True
    )
    assert [type(effect) for effect in effects] == [Note, ReconcilePart]
    assert account.leverage_applied == set()
    _, made, _ = run(lambda _: None)
    assert not [call for call in made if call.path == Path.LEVERAGE]
