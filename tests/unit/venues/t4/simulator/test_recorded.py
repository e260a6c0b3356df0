"""The recorded market: what clients are told is what was recorded, from the auction on."""

from collections import Counter
from decimal import Decimal
from functools import cache

import pyarrow.parquet as pq
import pytest

from actors.venues.t4.simulator.listings import BY_ID
from actors.venues.t4.simulator.recorded import Recording
from engine.errors import ConfigError
from engine.exchange.events import OrderFilled
from engine.exchange.model import NewOrder, OrderKind, Side
from tests.kit.recordings import recorded_folder
from tests.kit.t4_simulator import ALL, ALL_LEVELS, ES, OPEN, PRE_OPEN, Line, Still

RECORDING = "esh4-mbo-20231225"
OPEN_NS = 1_703_545_200_000_000_000
END_OF_EVENT, SNAPSHOT = 128, 32


@cache
def rows() -> list[tuple]:
    """(time, action, side, id, price, size, flags) as recorded."""
    table = pq.read_table(recorded_folder(RECORDING) / "orders.parquet")
    names = ("ts_event", "action", "side", "order_id", "price", "size", "flags")
    return list(zip(*(table.column(name).to_pylist() for name in names), strict=True))


class Truth:
    """The recorded book, kept by the words of the recording's description alone."""

    def __init__(self) -> None:
        self.orders: dict[int, tuple[int, float, int]] = {}

    def apply(self, row: tuple) -> None:
        """One row."""
        _, action, side, order_id, price, size, _ = row
        if action in "AM":
            side = self.orders[order_id][0] if action == "M" else side
            self.orders[order_id] = (side, price, int(size))
        elif action == "C":
            side, price, lots = self.orders[order_id]
            self.orders[order_id] = (side, price, lots - int(size))
            if lots == size:
                del self.orders[order_id]

    def levels(self, side: int) -> list[tuple[float, int]]:
        """Best first."""
        sums = Counter[float]()
        for mine, price, lots in self.orders.values():
            if mine == side:
                sums[price] += lots
        return sorted(sums.items(), key=lambda level: level[0] * -side)


def until(ns: int) -> Truth:
    """The recorded book at a time (its events included)."""
    truth = Truth()
    for row in rows():
        if row[0] > ns:
            break
        truth.apply(row)
    return truth


def replayed(**knobs) -> Still:
    """A venue that replays."""
    knobs = {"markets": (ES,), "hold_for": (), "timestamps": "recorded", **knobs}
    return Still(replay=str(recorded_folder(RECORDING)), **knobs)


def shown(image: dict, side: str) -> list[tuple[float, int]]:
    """Levels of an image."""
    return [(float(each["price"]), each["volume"]) for each in image.get(side, ())]


def played(venue: Still, line: Line, seconds: float) -> list:
    """Let it run, in small steps so that nothing is left behind; all that came."""
    came = []
    for _ in range(int(seconds * 10)):
        venue.wait(0.1)
        while (venue.venue.market.next_deadline_ns() or 1 << 62) <= venue.now.mono_ns:
            venue.venue.advance(venue.now)
        came += line.take()
    return came


def test_it_begins_with_the_auction_as_it_stood():
    """Before anybody subscribed: mode, crossed book and all orders by their recorded ids."""
    venue = replayed(pre_open_s=60.0)
    truth = until(OPEN_NS - 60 * 1_000_000_000 - 1)
    line = venue.line()
    snapshot = line.depth(buffer=ALL, levels=ALL_LEVELS)[1][1]
    image = snapshot["messages"][0]["market_depth"]
    assert (snapshot["mode"], image["mode"]) == (PRE_OPEN, PRE_OPEN)
    assert shown(image, "bids") == truth.levels(1)
    assert shown(image, "offers") == truth.levels(-1)
    assert shown(image, "bids")[0][0] > shown(image, "offers")[0][0]
    by_order = line.by_order()[0][1]
    assert {each["order_id"] for each in by_order["orders"]} == set(truth.orders)
    assert by_order["mode"] == PRE_OPEN


def test_the_whole_auction_can_be_shown():
    """An hour before the open there is the snapshot alone."""
    venue = replayed(pre_open_s=3_600.0)
    by_order = venue.line().by_order()[-1][1]
    assert len(by_order["orders"]) == sum(1 for row in rows() if row[6] & SNAPSHOT)


def test_the_open_and_what_follows_are_as_recorded():
    """Modes, book, every order and every trade of the first seconds."""
    venue = replayed(pre_open_s=1.0)
    line = venue.line()
    line.depth(buffer=2)
    snapshot = line.by_order()[0][1]
    orders = {
        o["order_id"]: (o["bid_offer"], float(o["price"]), o["volume"]) for o in snapshot["orders"]
    }
    sequence = snapshot.get("last_sequence", 0)
    came = played(venue, line, 4.0)
    for update in (body for name, body in came if name == "market_by_order_update"):
        sequence += 1
        assert update["sequence"] == sequence
        for each in update["updates"]:
            if each.get("update_type", 0) == 1:
                del orders[each["order_id"]]
            else:
                orders[each["order_id"]] = (each["bid_offer"], float(each["price"]), each["volume"])
    at_ns = venue.venue.time_ns(venue.now)
    truth = until(at_ns)
    assert orders == truth.orders
    venue.wait(0.5)
    images = [body for name, body in came + line.take() if name == "market_depth"]
    assert {each["mode"] for each in images} == {PRE_OPEN, OPEN}
    book = venue.venue.market.book(ES, 1_000)
    ticks = [[(t * 0.25, lots) for t, lots in side] for side in book]
    truth = until(venue.venue.time_ns(venue.now))
    assert ticks == [truth.levels(1), truth.levels(-1)]
    recorded = [row for row in rows() if row[1] == "T" and OPEN_NS <= row[0] <= at_ns]
    trades = [body for name, body in came if name == "market_depth_trade"]
    assert [(float(t["last_trade_price"]), t["last_trade_volume"]) for t in trades] == [
        (row[4], row[5]) for row in recorded
    ]
    assert [t.get("at_bid_or_offer", 0) for t in trades] == [-row[2] for row in recorded]
    assert trades[0]["time"]["seconds"] == OPEN_NS // 1_000_000_000


def test_trades_name_the_orders_they_matched():
    """In depth trades by volume, in trades by order with their ids."""
    venue = replayed(pre_open_s=0.0)
    line = venue.line()
    line.depth(buffer=2)
    line.by_order()
    came = played(venue, line, 3.0)
    trades = [body for name, body in came if name == "market_by_order_trade"]
    assert len(trades) > 5
    filled = {(row[3], int(row[5])) for row in rows() if row[1] == "F"}
    for each in trades:
        assert {(o["order_id"], o["volume"]) for o in each["orders"]} <= filled
    volumes = [body["order_volumes"] for name, body in came if name == "market_depth_trade"]
    assert any(len(each) > 1 for each in volumes)


def test_it_waits_for_the_first_subscription_or_for_all_named_ones():
    """So that a client misses none of it."""
    venue = replayed()
    venue.wait(10)
    assert not venue.venue.market.feeds.started
    venue.line().depth()
    assert venue.venue.market.feeds.started
    venue = replayed(hold_for=(f"{ES}/depth", f"{ES}/mbo"))
    line = venue.line()
    line.depth()
    assert not venue.venue.market.feeds.started
    line.by_order()
    assert venue.venue.market.feeds.started


def test_speed_and_both_time_lines():
    """`recorded` runs on the recording's clock; `now` presses it into the wall clock's."""
    for timestamps in ("recorded", "now"):
        venue = replayed(pre_open_s=10.0, speed=10.0, timestamps=timestamps)
        line = venue.line()
        line.depth(buffer=2)
        came = played(venue, line, 1.5)
        first = next(body for name, body in came if name == "market_depth_trade")
        opened_s = OPEN_NS / 1e9 if timestamps == "recorded" else 1_730_400_001
        assert abs(first["time"]["seconds"] - opened_s) <= 1


def test_orders_of_clients_rest_before_the_open_and_trade_in_it():
    """Nothing is matched in the auction before its time."""
    venue = replayed(pre_open_s=1.0)
    line = venue.line()
    line.by_order()
    market = venue.venue.market
    seen = []
    market.order_listeners[:] = [lambda event, now: seen.append(event)]  # an order of nobody's desk
    order = NewOrder(
        account="A",
        symbol=ES,
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        quantity=Decimal(2),
        price=Decimal(4805),
    )
    market.publish(market.exchange.submit(order, venue.now.wall_ns), venue.now)
    assert not any(isinstance(each, OrderFilled) for each in seen)
    added = [body for name, body in line.take() if name == "market_by_order_update"]
    assert [(each["price"], each["volume"]) for each in added[0]["updates"]] == [("4805", 2)]
    played(venue, line, 2.0)
    assert any(isinstance(each, OrderFilled) for each in seen)


def test_it_begins_again_at_its_end():
    """With a cleared book, in the auction."""
    recording = Recording(recorded_folder(RECORDING), BY_ID[ES].instrument(), 0.0)
    begun = []
    for event in recording.events(0, 1_000.0, repeat=True):
        begun += [event.at_ns] if event.begins else []
        if len(begun) == 2:
            break
    assert begun[1] > 3_000_000_000


def test_a_folder_of_another_market_is_refused():
    """Before anything is served."""
    with pytest.raises(ConfigError, match="is not listed"):
        Still(replay=str(recorded_folder("if2101-ctp-20210104")))
