"""Text on the wire: sorted, compact, doubles with a fraction; and what is no JSON."""

import json
from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.simulator.envelope import (
    DBL_MAX,
    NotJson,
    cut,
    envelope,
    greeting,
    parse,
    problem,
)


def test_keys_are_sorted_and_nothing_is_wasted():
    text = envelope(0, {"code": 0}, {"req_id": 3, "msg": ""})
    assert text == '{"err":{"code":0},"info":{"msg":"","req_id":3},"msg":0}'


def test_the_sheets_own_lines():
    assert envelope(4, None, None) == '{"err":null,"info":null,"msg":4}'
    assert envelope(3, None, {"reason": 4097}) == '{"err":null,"info":{"reason":4097},"msg":3}'
    assert (
        envelope(6, {"code": 4097, "msg": "Network reading failed"}, None)
        == '{"err":{"code":4097,"msg":"Network reading failed"},"info":null,"msg":6}'
    )


def test_doubles_carry_a_fraction_or_an_exponent():
    text = envelope(10, None, {"bp1": 5300.0, "bp2": DBL_MAX, "bv1": 3})
    assert '"bp1":5300.0' in text
    assert '"bp2":1.7976931348623157e+308' in text
    assert '"bv1":3' in text


def test_chinese_goes_out_as_it_is():
    assert "正确" in envelope(8, {"code": 0, "msg": "CTP:正确"}, None)


def test_greetings_of_both_generations():
    assert json.loads(greeting(old=False))["msg"] == "ready"
    assert json.loads(greeting(old=True))["status"] == "ready"
    assert problem("error", "text", old=True) == "text"
    assert json.loads(problem("error", "text", old=False)) == {
        "err": {"msg": "text"},
        "info": None,
        "msg": "error",
    }


@pytest.mark.parametrize(
    "frame", ["", "{", b"\xff\xfe", "NaN", '{"a":Infinity}', '"\\ud800"', "[" * 100_000, "1" * 6000]
)
def test_what_the_gateway_cannot_read(frame):
    with pytest.raises(NotJson):
        parse(frame)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(printable), st.lists))
def test_what_it_can_read(value):
    assert parse(json.dumps(value)) == value
    assert parse(json.dumps(value).encode()) == value


@given(st.text(), st.integers(0, 20))
def test_a_text_is_cut_to_bytes(text, most):
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    kept, torn = cut(text, most)
    assert data.startswith(kept.encode())
    assert len(kept.encode()) <= most
    if len(data) <= most:
        assert (kept, torn) == (text, False)
    else:
        assert torn == (len(kept.encode()) < most)
