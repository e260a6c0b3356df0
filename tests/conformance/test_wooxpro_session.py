"""Both sessions of WOO X Pro over the real driver against the real simulator, on loopback."""

import json
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
import trio

from actors.venues.wooxpro import VENUE
from actors.venues.wooxpro.settings import Settings
from actors.venues.wooxpro.simulator import SimulatorSettings, serve
from engine.messages.market import Bar, Book, FundingRate, Quote, Ticker, Trade
from engine.messages.venue import (
    CancelAllOrders,
    Fill,
    OrderUpdate,
    QueryOrder,
    ReconcilePart,
    ReconcileRequest,
    UpdateKind,
)
from engine.model.enums import Lifecycle, OrdType, Side, TimeInForce, VenueStateWord
from engine.session.contract import Topic
from tests.kit.driven import Driven
from tests.kit.waiting import until
from tests.kit.wooxpro import BTC, cancel, replace, submit

KINDS = (Quote, Trade, Book, Bar, Ticker, FundingRate)
LISTED = {"symbols": ("BTCUSDT",)}


class Session(Driven):
    """A session of either kind."""

    def __init__(self, protocol: Any, http_url: str) -> None:
        super().__init__(protocol, http_url, VENUE.budgets)

    def updates(self, client_order_id: str) -> list[OrderUpdate]:
        return [
            event
            for event in self.events
            if isinstance(event, OrderUpdate) and event.client_order_id == client_order_id
        ]

    def kinds(self, client_order_id: str) -> list[UpdateKind]:
        return [event.kind for event in self.updates(client_order_id)]

    async def reconcile(self, number: int) -> list[ReconcilePart]:
        request = ReconcileRequest(
            session_boot=1,
            router_boot=1,
            request_id=number,
            since_ns=self.driver.now().wall_ns - 600 * 10**9,
            instruments=(BTC,),
        )
        self.call("reconcile", request)

        def parts() -> list[ReconcilePart]:
            return [
                event
                for event in self.events
                if isinstance(event, ReconcilePart) and event.request_id == number
            ]

        await until(lambda: parts() and parts()[-1].last, what="reconciled")
        return parts()


@asynccontextmanager
async def venue(settings: dict[str, Any] | None = None, **simulator: Any):
    """A simulator, and a maker of sessions against it."""
    async with trio.open_nursery() as nursery:
        running = await nursery.start(serve, SimulatorSettings(**{**LISTED, **simulator}))
        chosen = Settings(**(settings or {})).for_simulator(running.endpoints)

        def session(kind: str) -> Session:
            maker = VENUE.trade if kind == "trade" else VENUE.data
            assert maker is not None
            made = Session(maker(chosen, VENUE.simulator_credentials), chosen.http_url)
            nursery.start_soon(made.driver.run)
            return made

        yield session, running
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("book_feed", ["all", "increase", "sides"])
async def test_every_kind_of_market_data_flows(book_feed: str):
    """Instruments, then each kind for one instrument, believable and in order."""
    async with venue({"book_feed": book_feed}, seed=3, quotes_per_s=200.0) as (session, _):
        data = session("data")
        await until(lambda: BTC in data.instruments, what="instruments")
        data.call("demand", frozenset(Topic(kind, BTC) for kind in KINDS))
        await until(lambda: all(data.seen(kind) for kind in KINDS), what="all kinds")
        await until(lambda: VenueStateWord.READY in data.states, what="ready")
        for quote in data.seen(Quote):
            assert 0 < quote.bid_price < quote.ask_price
        for book in data.seen(Book):
            assert book.bids[0][0] < book.asks[0][0]
        assert not [note for note in data.notes if note.alert]


@pytest.mark.parametrize("mode", ["one_way_mode", "hedge_mode"])
async def test_the_life_of_orders(mode: str):
    """Log in, reconcile, rest, change, cancel, trade, close, sweep: venue and news agree."""
    async with venue(position_mode=mode, quotes_per_s=50.0) as (session, _):
        trade = session("trade")
        await until(lambda: VenueStateWord.RECONCILING in trade.states, what="logged in")
        (first,) = await trade.reconcile(1)
        assert first.complete, first.error
        assert first.balances[0].total == Decimal(100_000)

        trade.call(
            "submit", submit(client_order_id="rest", quantity=Decimal(5), price=Decimal(100))
        )
        await until(lambda: trade.kinds("rest").count(UpdateKind.ACCEPTED) == 2, what="accepted")
        order_id = trade.updates("rest")[0].venue_order_id
        trade.call(
            "replace",
            replace(
                client_order_id="rest",
                venue_order_id=order_id,
                quantity=Decimal(7),
                price=Decimal(101),
            ),
        )
        await until(lambda: UpdateKind.REPLACED in trade.kinds("rest"), what="replaced")
        trade.call("cancel", cancel(client_order_id="rest", venue_order_id=order_id))
        await until(lambda: UpdateKind.CANCELLED in trade.kinds("rest"), what="cancelled")

        market = {"ord_type": OrdType.MARKET, "price": None, "quantity": Decimal(2)}
        trade.call("submit", submit(client_order_id="in", **market))
        await until(lambda: UpdateKind.FILLED in trade.kinds("in"), what="filled")
        out = submit(client_order_id="out", side=Side.SELL, position_quantity=Decimal(2), **market)
        trade.call("submit", out)
        await until(lambda: UpdateKind.FILLED in trade.kinds("out"), what="closed")

        crossing = submit(client_order_id="post", price=Decimal(10**6), post_only=True)
        trade.call("submit", crossing)
        await until(lambda: UpdateKind.CANCELLED in trade.kinds("post"), what="maker only")
        ioc = submit(client_order_id="ioc", price=Decimal(100), time_in_force=TimeInForce.IOC)
        trade.call("submit", ioc)
        await until(lambda: UpdateKind.CANCELLED in trade.kinds("ioc"), what="IOC")
        trade.call("submit", submit(client_order_id="off", price=Decimal("100.01")))
        await until(lambda: UpdateKind.REJECTED in trade.kinds("off"), what="rejected")
        trade.call("cancel", cancel(client_order_id="never"))
        await until(lambda: UpdateKind.CANCEL_REJECTED in trade.kinds("never"), what="refused")

        for number in range(3):
            trade.call("submit", submit(client_order_id=f"s{number}", price=Decimal(100)))
        await until(lambda: all(trade.kinds(f"s{n}") for n in range(3)), what="three orders")
        trade.call("cancel_all", CancelAllOrders(session_boot=1, router_boot=1, instrument=""))
        await until(
            lambda: all(UpdateKind.CANCELLED in trade.kinds(f"s{n}") for n in range(3)),
            what="swept",
        )

        parts = await trade.reconcile(2)
        orders = {order.client_order_id: order for part in parts for order in part.orders}
        assert all(part.complete for part in parts)
        assert orders["rest"].lifecycle is Lifecycle.CANCELLED
        assert orders["in"].lifecycle is orders["out"].lifecycle is Lifecycle.FILLED
        assert not [position for part in parts for position in part.positions]
        pushed = {event.fill_key: event for event in trade.events if isinstance(event, Fill)}
        queried = {fill.fill_key: fill for part in parts for fill in part.fills}
        assert pushed.keys() == queried.keys()
        for key, fill in pushed.items():
            assert (fill.last_qty, fill.last_px, fill.fee) == (
                queried[key].last_qty,
                queried[key].last_px,
                queried[key].fee,
            )
            assert fill.client_order_id == queried[key].client_order_id

        trade.events.clear()
        trade.call(
            "query",
            QueryOrder(
                session_boot=1,
                router_boot=1,
                client_order_id="in",
                venue_order_id="",
                instrument=BTC,
            ),
        )
        await until(lambda: trade.kinds("in") == [UpdateKind.FILLED], what="looked up")
        assert [type(event) for event in trade.events][-1] is OrderUpdate
        assert any(isinstance(event, Fill) for event in trade.events)


LOOKUP_PATHS = (
    "/contract/private/order",
    "/contract/private/get-open-orders",
    "/contract/private/order-history",
)
ENDED = (UpdateKind.CANCELLED, UpdateKind.NOT_SENT)


def requests_of(running: Any, since: int) -> list[tuple[str, dict[str, Any]]]:
    """Path and body of every request that the venue saw after an entry of its log."""
    return [
        (entry.details["path"], json.loads(entry.details["body"] or "{}"))
        for entry in running.log.since(since, kind="request")
    ]


def assert_none_overtaken(requests: list[tuple[str, dict[str, Any]]], trade: Session) -> None:
    """Each cancel of an order comes after the submit of that order."""
    ids = {u.venue_order_id: u.client_order_id for u in trade.events if type(u) is OrderUpdate}
    submitted: list[str] = []
    for path, body in requests:
        if path.endswith("/submit-order"):
            submitted.append(body["client_order_id"])
        elif path.endswith("/cancel-order"):
            assert body.get("client_order_id", ids.get(body.get("order_id"))) in submitted
    assert len(submitted) == len(set(submitted)) > 0


@pytest.mark.parametrize("answered_first", [0, 5])
async def test_a_burst_of_orders_cancelled_at_once_is_never_overtaken(answered_first: int):
    """What waits for its turn is withdrawn, what is under way cancelled behind; nothing is doubted."""
    async with venue(hold_for=("never",)) as (session, running):
        trade = session("trade")
        await until(lambda: VenueStateWord.RECONCILING in trade.states, what="logged in")
        await trade.reconcile(1)
        since = running.log.since()[-1].number
        names = [f"b{number}" for number in range(40)]
        for name in names:
            trade.call("submit", submit(client_order_id=name, price=Decimal(100)))
            if not answered_first:
                trade.call("cancel", cancel(client_order_id=name))
        if answered_first:
            await until(
                lambda: sum(bool(trade.kinds(name)) for name in names) >= answered_first,
                what="first answers",
            )
            for name in names:
                trade.call("cancel", cancel(client_order_id=name))
        await until(lambda: all(set(trade.kinds(n)) & set(ENDED) for n in names), what="all ended")
        requests = requests_of(running, since)
        assert_none_overtaken(requests, trade)
        assert sum(path in LOOKUP_PATHS for path, _ in requests) <= 2
        kinds = {kind for name in names for kind in trade.kinds(name)}
        assert kinds & {UpdateKind.CANCEL_REJECTED, UpdateKind.UNKNOWN} == set()
        assert all(UpdateKind.NOT_SENT in trade.kinds(name) for name in names[-10:])
        (part,) = await trade.reconcile(2)
        assert {order.lifecycle for order in part.orders} == {Lifecycle.CANCELLED}


async def test_a_reconciliation_does_not_wait_behind_lookups():
    """The venue is asked about orders without an end; the account's state comes first all the same."""
    async with venue(hold_for=("never",)) as (session, running):
        trade = session("trade")
        await until(lambda: VenueStateWord.RECONCILING in trade.states, what="logged in")
        await trade.reconcile(1)

        async def keep_asking() -> None:
            while True:
                for number in range(40):
                    query = QueryOrder(
                        session_boot=1,
                        router_boot=1,
                        client_order_id=f"ghost{number}",
                        venue_order_id="",
                        instrument=BTC,
                    )
                    trade.call("query", query)
                await trio.sleep(0.02)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_asking)
            await until(
                lambda: sum(p.endswith("/order-history") for p, _ in requests_of(running, 0)) >= 5,
                what="look-ups have used the budget up",
            )
            since = running.log.since()[-1].number
            (part,) = await trade.reconcile(2)
            nursery.cancel_scope.cancel()
        assert part.complete
        asked = [
            entry.details
            for entry in running.log.since(since, kind="request")
            if entry.details["path"].endswith(("/trades", "/order-history"))
        ]
        own = [place for place, details in enumerate(asked) if "start_time" in str(details)]
        trades, history = own
        # The look-ups' share of one window may be spent between its two scarce lists.
        assert history - trades <= 1 + 2
