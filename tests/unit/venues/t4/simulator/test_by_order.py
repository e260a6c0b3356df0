"""Markets by order: snapshot, updates in sequence, trades; and that they add up to the depth."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from actors.venues.t4.simulator.codes import UpdateType
from actors.venues.t4.simulator.orderbook import OrderBook
from engine.exchange.model import Side
from tests.kit.t4_simulator import ALL, ALL_LEVELS, CLEARING, ES, PLACES, Line, Still, by_key

ADD, DELETE, CLEAR = 0, 1, 2


class Book:
    """A client's book by the rules of the sheet."""

    def __init__(self, snapshot: dict) -> None:
        self.orders = {each["order_id"]: each for each in snapshot.get("orders", ())}
        self.sequence = snapshot.get("last_sequence", 0)

    def apply(self, update: dict) -> None:
        """One update, which must be the next one."""
        assert update["sequence"] == self.sequence + 1
        self.sequence += 1
        for change in update["updates"]:
            kind = change.get("update_type", ADD)
            if kind == ADD:
                self.orders[change["order_id"]] = change
            elif kind == DELETE:
                del self.orders[change["order_id"]]
            else:
                self.orders.clear()

    def levels(self, side: int) -> list[tuple[str, int, int]]:
        """(price, volume, orders), best first."""
        lots, number = Counter[str](), Counter[str]()
        for each in self.orders.values():
            if each["bid_offer"] == side:
                lots[each["price"]] += each["volume"]
                number[each["price"]] += 1
        return sorted(
            ((price, lots[price], number[price]) for price in lots),
            key=lambda level: float(level[0]) * -side,
        )


def watched(venue: Still, **login) -> tuple[Line, Book]:
    """A session with both kinds of subscriptions."""
    line = venue.line(**login)
    line.depth(buffer=ALL, levels=ALL_LEVELS)
    ((name, snapshot),) = line.by_order()
    assert name == "market_by_order_snapshot"
    return line, Book(snapshot)


def followed(line: Line, book: Book) -> dict:
    """Take what came; the last image."""
    image: dict = {}
    for name, body in line.take():
        if name == "market_by_order_update":
            book.apply(body)
        elif name == "market_depth":
            image = body
    return image


def agree(image: dict, book: Book) -> bool:
    """Whether depth and market by order say the same."""
    return all(
        [(each["price"], each["volume"], each["num_orders"]) for each in image.get(side, ())]
        == book.levels(number)
        for side, number in (("bids", 1), ("offers", -1))
    )


LEVELS = st.dictionaries(st.integers(1, 8), st.integers(1, 40), min_size=1, max_size=6)
STEPS = st.lists(st.tuples(LEVELS, LEVELS, st.integers(0, 30)), min_size=1, max_size=12)


@given(STEPS)
def test_depth_and_market_by_order_say_the_same(steps):
    """After every change of the book, trades in between; no update is missing."""
    venue = Still()
    venue.book({19_200: 1}, {19_201: 1})
    line, book = watched(venue)
    for bids, offers, lots in steps:
        venue.book(
            {19_200 - place: size for place, size in bids.items()},
            {19_200 + place: size for place, size in offers.items()},
        )
        if lots:
            venue.trade(19_200 + min(offers), lots, Side.BUY)
        image = followed(line, book)
        assert not image or agree(image, book)


def test_a_trade_comes_before_the_update_that_takes_its_orders_off():
    """And carries the sequence of the update before it, so it makes no gap."""
    venue = Still()
    venue.book({19_200: 5}, {19_201: 5})
    line, book = watched(venue)
    before = book.sequence
    venue.trade(19_201, 5, Side.BUY)
    trade = dict(line.take())["market_by_order_trade"]
    assert (trade["trade_price"], trade["trade_volume"]) == ("4800.25", 5)
    assert (trade["aggressor_side"], trade["sequence"]) == (1, before)


def test_what_trades_leaves_the_front_of_the_queue():
    """What is cancelled leaves its end; lower priority is nearer to the front."""
    venue = Still()
    venue.book({19_200: 25}, {19_201: 25})
    line, book = watched(venue)
    front, middle, back = sorted(
        (each for each in book.orders.values() if each["bid_offer"] == -1),
        key=lambda each: each["priority"],
    )
    assert [each["volume"] for each in (front, middle, back)] == [10, 10, 5]
    venue.book({19_200: 25}, {19_201: 22})
    followed(line, book)
    assert book.orders[back["order_id"]]["volume"] == 2
    assert book.orders[front["order_id"]]["volume"] == 10


def test_unsubscribing_ends_it():
    """And a further subscription begins with a snapshot."""
    venue = Still()
    venue.book({19_200: 5}, {19_201: 5})
    line, _ = watched(venue)
    line.say("market_by_order_subscribe", **PLACES[ES], subscribe=False)
    venue.book({19_200: 6}, {19_201: 5})
    assert [name for name, _ in line.take()] == ["market_depth"]
    assert line.by_order()[0][1]["last_sequence"] == 2


def test_a_gap_can_be_made():
    """One update is counted and never sent."""
    venue = Still()
    venue.book({19_200: 5}, {19_201: 5})
    line, book = watched(venue)
    venue.fault("gap", match=f"{ES}/mbo")
    for lots in (6, 7):
        venue.book({19_200: lots}, {19_201: 5})
    updates = [body for name, body in line.take() if name == "market_by_order_update"]
    assert [each["sequence"] for each in updates] == [book.sequence + 2]


def test_prices_are_in_the_format_of_the_session():
    """Of the snapshot and of updates."""
    venue = Still()
    venue.book({19_200: 5}, {19_201: 5})
    _, book = watched(venue, **by_key(price_format=CLEARING))
    assert {each["price"] for each in book.orders.values()} == {"4800", "4800.25"}


SIDES = st.sampled_from(list(Side))
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 9), SIDES, st.integers(1, 5), st.integers(1, 9)),
        st.tuples(st.just("modify"), st.integers(1, 9), st.integers(1, 5), st.integers(1, 9)),
        st.tuples(st.just("take"), st.integers(1, 9), st.integers(1, 9)),
        st.tuples(st.just("show"), SIDES, st.integers(1, 5), st.integers(0, 30), st.booleans()),
    ),
    max_size=40,
)


@given(ACTIONS)
def test_levels_are_the_sums_of_their_orders(actions):
    """Whatever happens; and whoever applies the changes has the same book."""
    book, mirror = OrderBook(), {}
    for action in actions:
        for change in done(book, action):
            if change.kind is UpdateType.DELETE:
                del mirror[change.order_id]
            else:
                mirror[change.order_id] = (change.side, change.ticks, change.lots)
    assert mirror == {o.order_id: (o.side, o.ticks, o.lots) for o in book.standing()}
    for side in Side:
        sums = Counter[int]()
        for mine, ticks, lots in mirror.values():
            if mine is side:
                sums[ticks] += lots
        assert dict(book.levels(side)) == dict(sums)
        assert all(book.lots(side, ticks) == lots for ticks, lots in sums.items())


def done(book: OrderBook, action: tuple) -> list:
    """Carry one action out; the changes."""
    word, *terms = action
    if word == "show":
        side, ticks, lots, traded = terms
        return book.show(side, ticks, lots, traded=traded)
    if word == "add" and terms[0] in book.orders:
        return []
    change = getattr(book, word)(*terms)
    return [] if change is None else [change]


def test_a_modified_order_keeps_its_place_when_it_only_gets_smaller():
    """A higher size or another price sends it to the end."""
    book = OrderBook()
    first, second = book.add(1, Side.BUY, 10, 5), book.add(2, Side.BUY, 10, 5)
    assert book.modify(1, 10, 3).priority == first.priority
    assert book.modify(1, 10, 4).priority > second.priority
    assert book.modify(2, 11, 4).priority > second.priority
    assert book.modify(3, 11, 4) is None
    assert book.take(3, 1) is None
