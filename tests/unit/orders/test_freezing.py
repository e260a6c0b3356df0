"""The book as bytes and back: nothing is forgotten, nothing foreign gets in or out."""

from collections import Counter, deque
from decimal import Decimal

import attrs
import msgpack
import pytest

from engine.errors import InvariantViolation
from engine.messages.venue import UpdateKind
from engine.orders import freezing
from engine.orders import records as r
from engine.orders.book import BookOfOrders
from engine.orders.dedupe import INTENTS_MAX, Answer, _Boot
from engine.orders.dump import dump
from engine.orders.freezing import CannotThaw, field_names, freeze, thaw
from engine.orders.ledger import FILL_KEYS_MAX
from engine.risk.killswitch import Setting
from tests.kit.orders import Bench

_of = attrs.fields


@pytest.fixture(scope="module")
def journal() -> list[bytes]:
    """A day with most kinds of records in it."""
    bench = Bench().open_venue()
    bench.greet()
    first, second = bench.submit(), bench.submit(price=Decimal("99.5"))
    for order in (first, second):
        bench.update(order, UpdateKind.ACCEPTED)
    bench.fill(first, "f1", "4")
    bench.fill(second, "f2", "10", "99.5")
    bench.send(bench.intent(quantity=Decimal("0.5")))
    bench.update("stranger", UpdateKind.ACCEPTED)
    bench.ask("kill", reason="drill", scope="strategy:beta")
    return bench.journal


@pytest.fixture
def book(journal: list[bytes]) -> BookOfOrders:
    made = BookOfOrders()
    for body in journal:
        made.apply(r.from_bytes(body))
    return made


def test_the_book_comes_back(book: BookOfOrders) -> None:
    """Also what no dump shows: reports that wait, fills and alarms for the screen."""
    back = thaw(freeze(book))
    assert back.same
    assert dump(back.book) == dump(book)
    assert freeze(back.book) == freeze(book)
    assert back.book.fills == book.fills
    assert back.book.alarms == book.alarms
    reports = back.book.figures_of("alpha").reports
    assert list(reports.after(0)) == list(book.figures_of("alpha").reports.after(0))
    assert reports.last > 0


def test_every_attribute_of_the_book_is_kept_or_named_as_code() -> None:
    """A field somebody adds to the book is in the snapshot, or this fails."""
    book = BookOfOrders()
    kept = set(field_names(book))
    assert kept | freezing.NOT_STATE == set(vars(book))
    assert all(callable(each) for each in vars(book)["_appliers"].values())


def test_every_attribute_of_the_book_is_in_the_dump_or_known_not_to_be(book: BookOfOrders) -> None:
    """INV-11 is checked by the dump, so it must show every attribute but what only screens show."""
    only_shown = {"alarms", "fills"}
    shown = dump(book)
    for name in set(field_names(book)) - only_shown:
        other = thaw(freeze(book)).book
        setattr(other, name, _another(getattr(other, name)))
        try:
            changed = dump(other) != shown
        except (AttributeError, TypeError, KeyError, attrs.exceptions.NotAnAttrsClassError):
            changed = True
        assert changed, f"{name} is not in the dump: add it there"


def _another(value: object) -> object:
    """Something of the same kind that is not the same."""
    match value:
        case int():
            return value + 1
        case str():
            return value + "x"
        case Counter():
            return Counter({"another": 7})
        case dict():
            return {} if value else {"another": 7}
        case _:
            return object()


def test_an_order_in_many_indexes_is_one_order(book: BookOfOrders) -> None:
    """What a later record changes is seen under every name."""
    orders = thaw(freeze(book)).book.orders
    for order in orders:
        assert orders.take(order.client_order_id) is order
        if order.intent_id:
            assert orders.by_intent(order.intent_id) is order
        if order.venue_order_id:
            assert orders.by_venue_id(order.account, order.venue_order_id) is order


@pytest.mark.parametrize("same", [True, False], ids=["this release", "another release"])
def test_what_came_back_goes_on_forgetting_its_oldest(
    book: BookOfOrders, monkeypatch: pytest.MonkeyPatch, *, same: bool
) -> None:
    """What is kept in order of arrival comes back as that, also where fields are matched by name."""
    frozen = freeze(book)
    if not same:
        fields = attrs.fields(_Boot)
        monkeypatch.setattr(attrs, "fields", lambda cls: fields[:2] if cls is _Boot else _of(cls))
    back = thaw(frozen).book
    boot = back.intents.boot_of("alpha")
    assert boot is not None
    for counter in range(1, 2 * INTENTS_MAX):
        back.intents.add("alpha", boot, 1_000 + counter, Answer("id"))
    assert back.intents.answer("alpha", 1) is None
    back.fill_keys._keys_max = len(back.fill_keys)
    first, *_ = back.fill_keys.items()
    back.fill_keys.add("account", "another", None)
    assert not back.fill_keys.is_known(*first[0])


def test_bounds_come_from_the_code(book: BookOfOrders) -> None:
    """A release with other bounds is not held to those of the one before."""
    book.fill_keys._keys_max = 3
    assert thaw(freeze(book)).book.fill_keys._keys_max == FILL_KEYS_MAX


@pytest.mark.parametrize(
    "value",
    [
        Decimal("1E+3"),
        Decimal("-0.00"),
        (1, ("a", None)),
        [1, [2]],
        {("a", 1): {"b": b"c"}},
        deque([1, 2], maxlen=4),
        deque([1]),
        Counter({"a": 2}),
        {3, 1},
        frozenset({"x"}),
        1.5,
        True,
        Setting(level="halted", by="x", reason="", ts_ns=1),  # type: ignore[arg-type]
    ],
)
def test_any_plain_value_may_be_in_a_book(book: BookOfOrders, value: object) -> None:
    """Kinds and exponents are kept: whoever adds state need not think of the snapshot."""
    book.alarm_counts = value  # type: ignore[assignment]
    back = thaw(freeze(book)).book.alarm_counts
    assert (type(back), repr(back)) == (type(value), repr(value))
    if isinstance(value, deque):
        assert back.maxlen == value.maxlen  # type: ignore[attr-defined]


@attrs.define
class Foreign:
    """Not of the engine."""

    x: int = 1


@pytest.mark.parametrize("value", [Foreign(), object(), print, lambda: 1, b"x".hex])
def test_what_cannot_be_kept_is_an_error_at_once(book: BookOfOrders, value: object) -> None:
    """Never a snapshot with something missing."""
    book.limits_text = value  # type: ignore[assignment]
    with pytest.raises(InvariantViolation, match="kept"):
        freeze(book)


def changed_table(data: bytes, cls: str, *, drop: str = "", add: str = "") -> bytes:
    """The same state as a release would have written it whose class has other fields."""
    version, table, body = msgpack.unpackb(data)
    for row in table:
        if row[1] == cls:
            row[2] = [add if name == drop else name for name in row[2]]
    return bytes(msgpack.packb([version, table, body]))


def test_another_release_is_noticed_and_matched_by_names(book: BookOfOrders) -> None:
    """Fields of both are taken over, new ones begin as the code says, gone ones are dropped."""
    data = changed_table(freeze(book), "Order", drop="text", add="gone")
    back = thaw(data)
    assert not back.same
    assert {order.text for order in back.book.orders} == {""}
    data = changed_table(freeze(book), "BookOfOrders", drop="limits_text", add="gone")
    back = thaw(data)
    assert not back.same
    assert back.book.limits_text == ""


def test_another_meaning_is_noticed(book: BookOfOrders, monkeypatch: pytest.MonkeyPatch) -> None:
    """When applying a record leads to another state, old snapshots are not what they were."""
    data = freeze(book)
    monkeypatch.setattr(freezing, "STATE_VERSION", freezing.STATE_VERSION + 1)
    assert not thaw(data).same


def test_a_field_without_default_cannot_be_matched(book: BookOfOrders) -> None:
    """Rather no snapshot than one with a hole."""
    with pytest.raises(CannotThaw):
        thaw(changed_table(freeze(book), "Order", drop="quantity", add="size"))


def test_what_is_no_book_is_refused(book: BookOfOrders) -> None:
    """Cut anywhere, or of another kind."""
    data = freeze(book)
    step = max(1, len(data) // 300)
    for cut in range(0, len(data), step):
        with pytest.raises(CannotThaw):
            thaw(data[:cut])
    with pytest.raises(CannotThaw):
        thaw(msgpack.packb([1, [["os", "system", []]], b"\xc7\x01\x03\x90"]))
    with pytest.raises(CannotThaw):
        thaw(msgpack.packb([1, [], msgpack.packb(7)]))
