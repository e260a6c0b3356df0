"""The codec on single values: what travels, what is refused, and by whom."""

import math
import tracemalloc
from decimal import Decimal
from enum import StrEnum

import attrs
import msgpack
import pytest

from engine.errors import BadEnvelope, LocalProtocolError
from engine.messages.codec import Registry, decode, encode, prefix, protocol_fingerprint
from engine.messages.market import Book, Quote, Trade
from engine.messages.orders import ReportSeen, StrategyHello
from tests.kit import golden
from tests.kit.messages import engine_kinds, example

KINDS = engine_kinds()
BY_NAME = [pytest.param(kind, id=kind.cls.__name__) for kind in KINDS]


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@attrs.frozen
class Inner:
    name: str
    amount: Decimal


def registry_of_one(**fields: object) -> tuple[Registry, type]:
    """A registry with one frozen class of these fields under tag 1."""
    namespace = {"__annotations__": fields, "__module__": __name__}
    cls = attrs.frozen(type("Sample", (), namespace))
    registry = Registry()
    registry.register(tag=1)(cls)
    return registry, cls


def packed(*items: object) -> bytes:
    return msgpack.packb(items)


def quote(**changes: object) -> Quote:
    base = Quote("BTCUSDT.WOOXPRO", 5, 1, 2, 3, 4, 65000.5, 1.0, 65001.0, 2.0)
    return attrs.evolve(base, **changes)


@pytest.mark.parametrize("kind", BY_NAME)
def test_t032_round_trip(kind):
    """T-032: Every message class comes back equal and of exactly its types."""
    message = example(kind)
    again = decode(encode(message))
    assert type(again) is kind.cls
    assert again == message
    assert repr(again) == repr(message)


@pytest.mark.parametrize("kind", BY_NAME)
def test_t032_wrong_number_of_fields_is_refused(kind):
    """T-032: A message with one field more or less is refused."""
    items = msgpack.unpackb(encode(example(kind)), use_list=False)
    for wrong in (items[:-1], (*items, 1), (*items, None), items[:1]):
        with pytest.raises(BadEnvelope):
            decode(packed(*wrong))


@pytest.mark.parametrize("kind", BY_NAME)
def test_t032_wrong_type_of_any_field_is_refused(kind):
    """T-032: No field takes a value of another type, whatever its own is."""
    items = msgpack.unpackb(encode(example(kind)), use_list=False)
    for place in range(1, len(items)):
        for alien in ({}, 1.5 if type(items[place]) is not float else 1, [[[]]], b"\xff\xfe\xfd"):
            if type(alien) is type(items[place]):
                continue
            with pytest.raises(BadEnvelope):
                decode(packed(*items[:place], alien, *items[place + 1 :]))


@pytest.mark.parametrize("kind", BY_NAME)
def test_a_refusal_names_the_field(kind):
    """The refusal of a wrong value says which field of which class it was."""
    items = msgpack.unpackb(encode(example(kind)), use_list=False)
    name = kind.fields[0][0]
    with pytest.raises(BadEnvelope, match=f"{kind.cls.__name__}.{name}"):
        decode(packed(items[0], [1, 2], *items[2:]))


def test_t032_golden_bytes():
    """T-032: No message has changed on the wire; `python -m tests.kit.golden` accepts an intended change."""
    assert golden.current() == golden.stored()


def test_unknown_tags_are_refused():
    """A tag nobody registered is refused, also true and 1.0 that equal a known one."""
    for tag in (126, 0, -1, 10**6, True, 1.0, None, "x", b"x"):
        with pytest.raises(BadEnvelope):
            decode(packed(tag, "a", 1))


def test_a_float_equal_to_a_tag_is_refused():
    """30.0 is no tag although it equals 30."""
    items = msgpack.unpackb(encode(quote()))
    with pytest.raises(BadEnvelope):
        decode(packed(30.0, *items[1:]))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_measurements_are_finite_both_ways(value):
    """NaN and infinity are refused when sent and when received, in fields and in book levels."""
    with pytest.raises(LocalProtocolError, match="bid_price"):
        encode(quote(bid_price=value))
    items = msgpack.unpackb(encode(quote()))
    with pytest.raises(BadEnvelope, match="bid_price"):
        decode(packed(*items[:7], value, *items[8:]))
    book = Book("A.B", 1, 1, 1, 1, 1, 2, ((1.0, 2.0),), ((value, 1.0),))
    with pytest.raises(LocalProtocolError, match="asks"):
        encode(book)
    items = msgpack.unpackb(encode(attrs.evolve(book, asks=((1.5, 1.0),))))
    items[-1] = [[value, 1.0]]
    with pytest.raises(BadEnvelope, match="asks"):
        decode(packed(*items))


def test_huge_finite_floats_travel():
    """Values whose sum overflows are still finite each and travel."""
    message = quote(bid_price=1.7e308, ask_price=1.7e308, bid_size=1.7e308)
    assert decode(encode(message)) == message


def test_whole_numbers_travel_as_floats():
    """An int where a float belongs (a whole number in JSON) is sent as the float it means."""
    sent = encode(quote(bid_price=65000, ask_size=3))
    assert decode(sent) == quote(bid_price=65000.0, ask_size=3.0)
    book = Book("A.B", 1, 1, 1, 1, 1, 2, ((1, 2.0),), ((3.0, 4),))
    assert type(decode(encode(book)).bids[0][0]) is float


@pytest.mark.parametrize("levels", [((1.0,),), ((1.0, 2.0, 3.0),), ("ab",), (("a", "b"),), 5, None])
def test_book_levels_are_pairs_of_floats(levels):
    """Anything but a tuple of pairs of floats is refused on both sides."""
    with pytest.raises(LocalProtocolError):
        encode(Book("A.B", 1, 1, 1, 1, 1, 2, levels, ()))
    items = msgpack.unpackb(encode(Book("A.B", 1, 1, 1, 1, 1, 2, (), ())))
    with pytest.raises(BadEnvelope):
        decode(packed(*items[:-2], levels, ()))


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "-Infinity", "1e5", "1E5", "\uff11", "1_0", "+1", " 1", "1 ", "", "-", ".5", "5.",
     "01", "0x1", "1,5", "--1", "\u0661", "1" * 41, "sNaN", "1\n"],
)  # fmt: skip
def test_only_plain_decimal_text_is_read(text):
    """Every spelling but the plain one is refused."""
    registry, _ = registry_of_one(amount=Decimal)
    with pytest.raises(BadEnvelope):
        registry.decode(packed(1, text))


@pytest.mark.parametrize("text", ["0", "-0", "0.00000001", "1.50", "-12.5", "9" * 40])
def test_plain_decimals_keep_their_digits(text):
    """Sign, digits and trailing zeros survive."""
    registry, cls = registry_of_one(amount=Decimal)
    again = registry.decode(registry.encode(cls(Decimal(text))))
    assert format(again.amount, "f") == text


def test_decimals_are_written_without_exponent():
    """A Decimal with an exponent travels in plain notation and keeps its value."""
    registry, cls = registry_of_one(amount=Decimal)
    sent = registry.encode(cls(Decimal("1E-8")))
    assert msgpack.unpackb(sent) == [1, "0.00000001"]
    assert registry.decode(registry.encode(cls(Decimal("1E+3")))).amount == 1000


@pytest.mark.parametrize(
    "value", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+999999", "1E-999999", "1" * 41]
)
def test_decimals_that_may_not_travel(value):
    """Non-numbers and absurd lengths are refused by the sender, quickly."""
    registry, cls = registry_of_one(amount=Decimal)
    with pytest.raises(LocalProtocolError):
        registry.encode(cls(Decimal(value)))


@pytest.mark.parametrize(
    ("kind", "value"),
    [(str, 1), (str, b"x"), (int, 1.0), (int, True), (int, 2**64), (int, -(2**63) - 1), (bool, 1),
     (bytes, "x"), (bytes, bytearray(b"x")), (Decimal, 1.5), (Decimal, "1"), (Colour, "red"),
     (Inner, ("a", Decimal(1))), (str | None, 1), (tuple[int, ...], [1]), (tuple[int, ...], (1, "a")),
     (tuple[int, str], (1,)), (float, "1"), (float, None), (str, "\ud800")],
)  # fmt: skip
def test_wrong_values_are_refused_by_the_sender(kind, value):
    """What the receiver would refuse, the sender refuses first, and says it is its own fault."""
    registry, cls = registry_of_one(field=kind)
    with pytest.raises(LocalProtocolError):
        registry.encode(cls(value))


def test_the_packer_survives_a_refusal():
    """After a refused message the next one is whole."""
    registry, cls = registry_of_one(text=str, number=int)
    good = registry.encode(cls("a", 1))
    for bad in (cls("\ud800", 1), cls("a" * 100, 2**70)):
        with pytest.raises(LocalProtocolError):
            registry.encode(bad)
        assert registry.encode(cls("a", 1)) == good


def test_every_field_type_travels():
    """All documented field types come back as they went."""
    registry, cls = registry_of_one(
        a=str | None, b=tuple[int, ...], c=tuple[str, Decimal], d=Inner, e=tuple[Inner, ...],
        f=Colour, g=bytes, h=bool, i=Inner | None, j=tuple[tuple[float, float], ...],
    )  # fmt: skip
    inner = Inner("x", Decimal("1.10"))
    message = cls(
        None, (1, 2), ("k", Decimal(5)), inner, (inner, inner), Colour.RED, b"\0", True, inner, ()
    )
    assert registry.decode(registry.encode(message)) == message


@pytest.mark.parametrize(
    "kind", [object, dict, list, list[int], set, complex, int | str, dict[str, int]]
)
def test_types_that_cannot_travel_are_refused_at_registration(kind):
    """A field of a type without a shape stops the import."""
    with pytest.raises(LocalProtocolError):
        registry_of_one(field=kind)


def test_classes_with_a_dict_are_refused():
    """Only slotted attrs classes may travel."""

    class NotAttrs:
        pass

    @attrs.define(slots=False)
    class NotSlotted:
        a: int

    for cls in (NotAttrs, NotSlotted):
        with pytest.raises(LocalProtocolError):
            Registry().register(tag=1)(cls)


def test_duplicate_tags_and_classes_are_refused():
    """A tag means one class, a class has one tag, and tags are 1 to 127."""
    registry, cls = registry_of_one(a=int)
    other = attrs.frozen(type("Other", (), {"__annotations__": {"a": int}}))
    for tag, candidate in ((1, other), (2, cls), (0, other), (128, other)):
        with pytest.raises(LocalProtocolError):
            registry.register(tag=tag)(candidate)


def test_only_market_messages_are_conflated():
    """A class without topics cannot be registered as conflatable."""
    cls = attrs.frozen(type("Other", (), {"__annotations__": {"a": int}}))
    with pytest.raises(LocalProtocolError):
        Registry().register(tag=1, conflate=True)(cls)


def test_validators_have_their_say():
    """A class with a validator is built by its own init, and what that refuses is a bad envelope."""

    @attrs.define
    class Checked:
        a: int = attrs.field(validator=attrs.validators.ge(0))

    registry = Registry()
    registry.register(tag=1)(Checked)
    assert registry.decode(packed(1, 5)) == Checked(5)
    with pytest.raises(BadEnvelope):
        registry.decode(packed(1, -5))


def test_unregistered_objects_are_refused():
    """Encoding anything but a registered message is a bug of ours."""
    for thing in (object(), 5, "text", Inner("a", Decimal(1)), None):
        with pytest.raises(LocalProtocolError):
            encode(thing)


def test_prefix_is_how_every_message_of_a_topic_begins():
    """The prefix fits all messages of its topic and none of a longer or shorter instrument."""
    for name in ("A.B", "BTCUSDT.WOOXPRO", "X" * 40 + ".VENUE", "ÄÖ.V"):
        wanted = prefix(Quote, name)
        assert encode(quote(instrument=name, sequence=2**40)).startswith(wanted)
        assert not encode(quote(instrument=name + "X")).startswith(wanted)
        assert not encode(Trade(name, 1, 1, 1, 1, 1, 1.0, 1.0, 1, "t")).startswith(wanted)
        assert wanted.startswith(prefix(Quote))
    with pytest.raises(LocalProtocolError):
        prefix(StrategyHello, "x")


def test_fingerprint_is_stable_and_short():
    """Two askers in one release get the same 16 hex digits."""
    assert protocol_fingerprint() == protocol_fingerprint()
    assert len(bytes.fromhex(protocol_fingerprint())) == 8


def test_shape_of_a_class_tells_names_types_and_words():
    """A renamed field, another type or a new word of an enum changes the class's shape text."""
    base, _ = registry_of_one(a=int, b=Colour)
    others = [
        registry_of_one(**f)[0]
        for f in ({"c": int, "b": Colour}, {"a": str, "b": Colour}, {"a": int})
    ]
    shapes = {registry.kinds()[1].shape for registry in (base, *others)}
    assert len(shapes) == 4
    assert "blue" in base.kinds()[1].shape


HOSTILE = [
    b"", b"\xc1", b"\xc0", b"\x80", b"\x90", b"\x91\x80", b"x", b"\x05", b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xc9\xff\xff\xff\xff\x01",
    b"\x91" * 1100 + b"\xc0", b"\x91" * 100_000, b"\x81" * 100_000, packed(30), packed(30, *range(10)),
    packed(30, *[None] * 10), packed(*[30] * 11), packed([30], 1), packed({}, 1), packed(65, {}, 1, 1),
    msgpack.packb({"a": 1}), msgpack.packb([65, msgpack.ExtType(5, b"x"), 1, 1]),
    msgpack.packb([65, msgpack.Timestamp(1, 1), 1, 1]), msgpack.packb([65, msgpack.ExtType(5, b""), 1, 1]),
    packed(65, "s", 1, 1) + b"\xc0", packed(65, "s", 1, 1)[:-1], packed(65, b"s", 1, 1),
    packed(65, "s", True, 1), packed(65, "s", 1.0, 1), packed(65, "s", 1, 1, 1),
    b"\x94\x41\xa1\xff\x01\x01", packed(65, "s" * 70_000, 1, 1), packed(65, *[()] * 20_000),
    b"\xdd\x00\x04\x00\x00" + b"\x80" * 0x40000, b"\xdc\x40\x00" + b"\x80" * 0x4000,
    b"\x93\x32" + b"\xdc\xff\xff" + b"\x90" * 65535, bytes(range(256)), b"\xff" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_t031_hostile_bytes_are_a_bad_envelope(number):
    """T-031: Whatever the bytes are, BadEnvelope is the only thing that leaves decode."""
    with pytest.raises(BadEnvelope):
        decode(HOSTILE[number])


BOMBS = {
    "empty maps": (b"\xdc\x3f\xff" + b"\x80" * 0x3FFF) * 16,
    "empty texts": (b"\xdc\x3f\xff" + b"\xa0" * 0x3FFF) * 16,
    "small arrays": (b"\xdc\x3f\xff" + b"\x91\x01" * 0x3FFF) * 8,
    "floats": (b"\xdc\x0f\xff" + (b"\xcb" + b"\x40" * 8) * 0xFFF) * 7,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_stay_small(name):
    """A message of the largest size cannot fill the heap: maps do nothing, the rest 32 times at most."""
    arrays = BOMBS[name].count(b"\xdc")
    bomb = bytes([0xDC, 0, arrays + 1, 65]) + BOMBS[name]
    assert len(bomb) < 256 * 1024 + 100
    tracemalloc.start()
    with pytest.raises(BadEnvelope):
        decode(bomb)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 2**20
    assert peak < (2**20 if name == "empty maps" else 32 * len(bomb))


@pytest.mark.parametrize("thing", [None, "text", 5, object(), [1], memoryview(b"\x91\x41")])
def test_things_that_are_no_bytes_are_a_bad_envelope(thing):
    """Not even a caller's mistake makes decode raise anything else."""
    with pytest.raises(BadEnvelope):
        decode(thing)


def test_large_and_small_messages_obey_the_same_rules():
    """A message above the size where limits begin decodes as one below."""
    text = "s" * 60_000
    assert decode(encode(ReportSeen(strategy=text, boot=1, through=2))).strategy == text
