"""Message classes made from a table: every kind of field, on the wire."""

import pytest

from engine.simulator.protobuf import ONEOF, NotMessage, build, parse

TABLE = """
Outer! number=1:Inner text=2:s
Inner i=1:i32 l=2:i64 u=3:u64 e=4:e d=5:d b=6:b y=7:y many=8:*i32 maybe=9:?i32 inner=10:Inner names=11:%s
"""
CLASSES = build("tried", TABLE)
OUTER, INNER = CLASSES["Outer"], CLASSES["Inner"]


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        ({"i": -1}, "08ffffffffffffffffff01"),
        ({"u": 2**64 - 1}, "18ffffffffffffffffff01"),
        ({"e": -1}, "20ffffffffffffffffff01"),
        ({"d": 1.0}, "29000000000000f03f"),
        ({"b": False}, ""),
        ({"y": b"x"}, "3a0178"),
        ({"many": [1, 2, 300]}, "42040102ac02"),
        ({"maybe": 0}, "4800"),
        ({"names": {"k": "v"}}, "5a060a016b120176"),
    ],
)
def test_fields_travel_as_protobuf_has_it(fields, data):
    """And come back."""
    message = INNER(**fields)
    assert message.SerializeToString().hex() == data
    assert parse(INNER, bytes.fromhex(data)) == message


def test_presence_is_told_apart_from_zero():
    """Of optional fields and of messages alone."""
    assert not INNER().HasField("maybe")
    assert INNER(maybe=0).HasField("maybe")
    assert not INNER().HasField("inner")
    with pytest.raises(ValueError, match="presence"):
        INNER().HasField("i")


def test_one_of_several_is_there():
    """The one that was set last."""
    message = OUTER(number=INNER(i=1))
    assert message.WhichOneof(ONEOF) == "number"
    message.text = "t"
    assert message.WhichOneof(ONEOF) == "text"
    assert OUTER().WhichOneof(ONEOF) is None


def test_what_is_no_message_says_so():
    """Whatever is wrong with it."""
    for data in (b"\x0a\x7f", b"\x0f", b"\xff" * 12):
        with pytest.raises(NotMessage):
            parse(OUTER, data)


def test_two_tables_may_have_the_same_names():
    """Each stands in a pool of its own."""
    assert build("tried", "Outer text=1:s")["Outer"](text="x").SerializeToString() == b"\x0a\x01x"
