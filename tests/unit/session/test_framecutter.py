import random
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RemoteProtocolError
from engine.session.framecutter import BadFrameError, FrameCutter
from tests.kit.rawserver import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame, frame


def cut(data, pieces=None, limit=1 << 20):
    cutter, messages, controls = FrameCutter(limit), [], b""
    for piece in pieces or [data]:
        controls += cutter.feed(piece, messages)
    return messages, controls


def fault(data, limit=1 << 20):
    messages = []
    with pytest.raises(BadFrameError) as caught:
        FrameCutter(limit).feed(data, messages)
    return caught.value.close_code, messages


def in_pieces(data, cuts):
    edges = sorted({min(c, len(data)) for c in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(edges)]


script = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.text(max_size=300)),
        st.tuples(st.just("binary"), st.binary(max_size=300)),
        st.tuples(st.just("parts"), st.lists(st.text(max_size=40), min_size=2, max_size=4)),
        st.tuples(st.just("ping"), st.binary(max_size=125)),
        st.tuples(st.just("long"), st.sampled_from([125, 126, 127, 65535, 65536, 70000])),
    ),
    max_size=8,
)


def encoded(steps):
    data, messages, controls = b"", [], b""
    for kind, value in steps:
        if kind == "text":
            data += frame(value)
            messages.append(value)
        elif kind == "binary":
            data += frame(value, BINARY)
            messages.append(value)
        elif kind == "parts":
            ping = frame(b"between", PING)
            data += frame(value[0], TEXT, fin=False)
            for part in value[1:-1]:
                data += ping + frame(part, CONTINUATION, fin=False)
                controls += ping
            data += frame(value[-1], CONTINUATION)
            messages.append("".join(value))
        elif kind == "ping":
            data += frame(value, PING)
            controls += frame(value, PING)
        else:
            data += frame("x" * value)
            messages.append("x" * value)
    return data, messages, controls


@given(steps=script, cuts=st.lists(st.integers(0, 2000), max_size=20))
def test_any_cut_gives_the_same_messages(steps, cuts):
    """Messages and control frames come out whole and in order however the bytes are cut."""
    data, messages, controls = encoded(steps)
    assert cut(data, in_pieces(data, cuts)) == (messages, controls)


def test_one_byte_at_a_time():
    """A stream delivered byte by byte is decoded like the whole."""
    data, messages, controls = encoded(
        [("text", "ä€😀"), ("parts", ["a", "b", "c"]), ("ping", b"p"), ("long", 300)]
    )
    assert cut(data, [data[i : i + 1] for i in range(len(data))]) == (messages, controls)


def test_characters_may_be_torn_between_fragments():
    """UTF-8 is judged over the whole message, not over its fragments."""
    euro = "€".encode()
    data = frame(euro[:1], TEXT, fin=False) + frame(euro[1:], CONTINUATION)
    assert cut(data) == (["€"], b"")


def test_a_large_message_in_small_pieces_costs_linear_work():
    """Bytes of an unfinished frame are not looked at again with each piece."""
    data = frame("x" * 400_000)
    assert cut(data, [data[i : i + 7] for i in range(0, len(data), 7)])[0] == ["x" * 400_000]


def test_nothing_after_a_close_frame_is_delivered():
    """Data after the close frame is ignored, the close frame itself is passed on."""
    data = frame("before") + close_frame(1001) + frame("after") + frame(b"", PING)
    assert cut(data) == (["before"], close_frame(1001))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xc1\x01x", 1002),  # reserved bit 1 (a compressed frame nobody asked for)
        (b"\xa1\x01x", 1002),  # reserved bit 2
        (b"\x91\x01x", 1002),  # reserved bit 3
        (b"\x81\x81mask\x00", 1002),  # masked by the server
        (b"\x81\xfe\x00\x80mask", 1002),  # masked, 16-bit length
        (b"\x83\x00", 1002),  # unknown data opcode
        (b"\x8b\x00", 1002),  # unknown control opcode
        (frame("x", CONTINUATION), 1002),  # continuation without a start
        (frame("a", TEXT, fin=False) + frame("b", TEXT), 1002),  # start inside a message
        (frame(b"", PING, fin=False), 1002),  # fragmented control frame
        (frame(b"x" * 126, PONG), 1002),  # long control frame
        (frame(b"x" * 1000, CLOSE), 1002),  # a very long close reason
        (b"\x81\x7e\x00\x05hello", 1002),  # 16-bit length where 7 bits do
        (b"\x81\x7f" + (300).to_bytes(8, "big"), 1002),  # 64-bit length where 16 do
        (frame(b"\xff\xfe"), 1007),  # not UTF-8
        (frame(b"\xed\xa0\x80"), 1007),  # a surrogate in UTF-8 clothes
        (frame(b"\xe2\x82"), 1007),  # half a character at the end
    ],
)
def test_broken_framing_is_one_class_of_error(data, code):
    """Every fault of the framing is a RemoteProtocolError that knows its close code."""
    assert issubclass(BadFrameError, RemoteProtocolError)
    assert fault(frame("good") + data) == (code, ["good"])


def test_limit_is_judged_on_the_announced_length():
    """A frame that announces too much is refused before its bytes arrive."""
    assert fault(b"\x81\x7f" + (2**63 + 5).to_bytes(8, "big"), limit=1000)[0] == 1009
    assert fault(frame("x" * 1001)[:4], limit=1000)[0] == 1009
    assert cut(frame("x" * 1000), limit=1000)[0] == ["x" * 1000]


def test_limit_counts_all_fragments_of_a_message():
    """Many small fragments cannot add up to more than one message may have."""
    part = frame("x" * 400, CONTINUATION, fin=False)
    start = frame("x" * 400, TEXT, fin=False)
    assert fault(start + part + part, limit=1000)[0] == 1009


def test_random_bytes_end_in_messages_or_the_one_error():
    """Garbage never raises anything but RemoteProtocolError and never grows beyond the limit."""
    rng = random.Random(20)
    for _ in range(20_000):
        cutter, messages = FrameCutter(5000), []
        with suppress(RemoteProtocolError):
            for _ in range(3):
                cutter.feed(rng.randbytes(rng.randrange(60)), messages)
