"""Properties of the codec over all values and all bytes."""

import os
from contextlib import suppress
from decimal import Decimal

import attrs
import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadEnvelope
from engine.messages.codec import decode, encode, prefix
from engine.messages.market import Quote
from engine.messages.topic import Topic, parse_subscription, position_of, topic_of
from engine.model.money import decimal_of_float, is_plain
from tests.kit.messages import engine_kinds, example, strategy

KINDS = engine_kinds()
PER_MESSAGE = int(os.environ.get("PITBOSS_MACHINE_RUNS", "60")) // 6
"""Examples for each message, of which there are many."""
MARKET = [kind for kind in KINDS if kind.is_market]
BY_NAME = [pytest.param(kind, id=kind.cls.__name__) for kind in KINDS]
instruments = st.text(max_size=60)


@pytest.mark.parametrize("kind", BY_NAME)
@given(data=st.data())
@settings(max_examples=PER_MESSAGE, deadline=None)
def test_all_values_round_trip(kind, data):
    """Whatever may travel comes back equal, and encodes to the same bytes again."""
    message = data.draw(strategy(kind))
    sent = encode(message)
    again = decode(sent)
    assert again == message
    assert encode(again) == sent


@given(st.binary(max_size=300))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_a_message_or_a_bad_envelope(data):
    """Decoding never raises anything but BadEnvelope."""
    with suppress(BadEnvelope):
        decode(data)


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)  # fmt: skip


@pytest.mark.parametrize("kind", BY_NAME)
@given(data=st.data())
@settings(max_examples=PER_MESSAGE, deadline=None)
def test_one_wrong_field_is_refused_or_read_exactly(kind, data):
    """With any junk in any place, decode refuses, or the message means exactly those bytes."""
    items = msgpack.unpackb(encode(example(kind)))
    place = data.draw(st.integers(0, len(items) - 1))
    items[place] = data.draw(junk)
    sent = msgpack.packb(items)
    try:
        message = decode(sent)
    except BadEnvelope:
        return
    assert encode(message) == sent


@pytest.mark.parametrize("kind", BY_NAME)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_cut_and_padded_messages_are_refused(kind, data):
    """No proper prefix of a message and no message with a tail is a message."""
    sent = encode(example(kind))
    cut = data.draw(st.integers(0, len(sent) - 1))
    for wrong in (sent[:cut], sent + data.draw(st.binary(min_size=1, max_size=5))):
        with pytest.raises(BadEnvelope):
            decode(wrong)


@pytest.mark.parametrize("kind", [pytest.param(k, id=k.cls.__name__) for k in MARKET])
@given(
    data=st.data(),
    instrument=instruments,
    boot=st.integers(0, 2**63 - 1),
    sequence=st.integers(0, 2**64 - 1),
)
@settings(max_examples=PER_MESSAGE, deadline=None)
def test_topic_and_position_are_read_without_decoding(kind, data, instrument, boot, sequence):
    """Topic, boot and sequence read from the bytes are those of the message."""
    drawn = data.draw(strategy(kind))
    message = attrs.evolve(drawn, instrument=instrument, boot=boot, sequence=sequence)
    sent = encode(message)
    topic = topic_of(sent)
    assert topic == prefix(kind.cls, instrument)
    assert position_of(sent, len(topic)) == (boot, sequence)
    expected = Topic(kind.tag, instrument)
    assert parse_subscription(topic) == expected


@given(st.binary(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_topic_or_a_bad_envelope(data):
    """Reading topic and position of foreign bytes raises nothing but BadEnvelope."""
    with suppress(BadEnvelope):
        position_of(data, len(topic_of(data)))
    found = parse_subscription(data)
    if found is not None and found.instrument:
        assert data


@given(a=instruments, b=instruments)
@settings(max_examples=100, deadline=None)
def test_no_topic_begins_like_another(a, b):
    """Subscribing to one instrument never brings another, whatever their names are."""
    if a != b:
        assert not prefix(Quote, a).startswith(prefix(Quote, b))


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14, places=6
    )
)
@settings(max_examples=200, deadline=None)
def test_fifteen_digits_survive_a_float(value):
    """A decimal of up to 15 digits is the same after a trip through float64 and repr."""
    if len(value.as_tuple().digits) <= 15:
        assert decimal_of_float(float(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False))
@settings(max_examples=200, deadline=None)
def test_plain_text_means_the_same_decimal(value):
    """format(d, "f") is plain text of the same value, wherever it is short enough to travel."""
    if abs(value.adjusted()) > 40:
        return
    text = format(value, "f")
    if len(text) <= 40:
        assert is_plain(text)
        assert Decimal(text) == value
