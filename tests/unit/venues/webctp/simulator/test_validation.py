"""Requests that the gateway does not pass on: its texts, to the letter, and the order of its checks."""

import json

import pytest

from tests.kit.webctp_simulator import Quiet

UNPROCESSED = ("processing_error", "Processing error")
NO_OP = ("error", "Error: Field `op` not found.")
ORDER = {
    "instrument": "rb2101",
    "exchange": "SHFE",
    "ref": "1",
    "price": 1,
    "direction": 0,
    "offset": 0,
    "volume": 1,
    "price_type": 0,
    "time_condition": 1,
}
DELETION = {"exchange": "SHFE", "instrument": "rb2101", "delete_ref": 0, "order_sys_id": "x"}


def refused(link, request):
    """Kind and text of the one answer, which uses no request id."""
    frame = request if isinstance(request, str) else json.dumps(request)
    (said,) = link.raw(frame)
    assert said["info"] is None
    assert list(said["err"]) == ["msg"]
    assert link.sink.frames == []
    return said["msg"], said["err"]["msg"]


@pytest.mark.parametrize("path", ["trade", "market_data"])
@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("{", ("parse_error", "Invalid JSON payload")),
        ("7", NO_OP),
        ("[]", NO_OP),
        ("{}", NO_OP),
        ({"op": 7, "data": {}}, UNPROCESSED),
        ({"op": "connect"}, ("error", "Error: Field `data` not found.")),
        (
            {"op": "connect", "data": []},
            ("error", "Error: Field `data` type error (expected object)."),
        ),
        ({"op": "connect", "data": {}}, ("error", 'Error: Field "addr" not found.')),
        (
            {"op": "connect", "data": {"addr": "x", "port": 1}},
            ("error", 'Error: Field "port" type error (expected string).'),
        ),
    ],
)
def test_both_endpoints(path, request_, expected):
    assert refused(getattr(Quiet(), path)(), request_) == expected


def test_the_two_endpoints_word_and_order_the_unknown_operation_differently():
    quiet = Quiet()
    md, trade = quiet.market_data(), quiet.trade()
    assert refused(md, {"op": "x"}) == ("error", "Error: Unknown op `x`.")
    assert refused(trade, {"op": "x"}) == ("error", "Error: Field `data` not found.")
    assert refused(trade, {"op": "x", "data": {}}) == ("error", "Error: Unknown operation `x`.")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, ("error", 'Error: Field "instruments" not found.')),
        ({"instruments": "rb2101"}, ("error", 'Error: "instruments" is not an array.')),
        ({"instruments": ["rb2101", 1]}, UNPROCESSED),
    ],
)
@pytest.mark.parametrize("op", ["subscribe", "unsubscribe"])
def test_subscriptions(op, data, expected):
    assert refused(Quiet().market_data(), {"op": op, "data": data}) == expected


def test_market_data_has_no_logout():
    answer = refused(Quiet().market_data(), {"op": "logout", "data": {}})
    assert answer == ("error", "Unsupported method")


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ({"instrument": None}, 'Error: Field "instrument" type error (expected string).'),
        ({"ref": 1}, 'Error: Field "ref" type error (expected string).'),
        ({"price": "1"}, 'Error: Field "price" type error (expected number).'),
        ({"price": True}, 'Error: Field "price" type error (expected number).'),
        ({"direction": 1.0}, 'Error: Field "direction" type error (expected integer).'),
        ({"direction": 2}, 'Error: Field "direction" out of range (0..1).'),
        ({"offset": 7}, 'Error: Field "offset" out of range (0..6).'),
        ({"offset": -1}, 'Error: Field "offset" out of range (0..6).'),
        ({"volume": "1"}, 'Error: Field "volume" type error (expected number).'),
        ({"price_type": 3}, 'Error: Field "price_type" out of range (0..2).'),
        ({"time_condition": 2}, 'Error: Field "time_condition" out of range (0..1).'),
        ({"memo": 1}, 'Error: Field "memo" type error (expected string).'),
        ({"offset": 2}, "TraderHandler::insertOrder(): Unsupported Open/Close operation"),
        ({"offset": 5}, "TraderHandler::insertOrder(): Unsupported Open/Close operation"),
        ({"offset": 6}, "TraderHandler::insertOrder(): Unsupported Open/Close operation"),
    ],
)
def test_fields_of_an_order(terms, text):
    request = {"op": "insert_order", "data": {**ORDER, **terms}}
    assert refused(Quiet().trade(), request) == ("error", text)


@pytest.mark.parametrize("missing", list(ORDER))
def test_every_field_of_an_order_is_needed_and_they_are_looked_at_in_order(missing):
    names = list(ORDER)
    known = {name: ORDER[name] for name in names[: names.index(missing)]}
    answer = refused(Quiet().trade(), {"op": "insert_order", "data": known})
    assert answer == ("error", f'Error: Field "{missing}" not found.')


@pytest.mark.parametrize("missing", list(DELETION))
def test_deletions_stand_between_back_ticks(missing):
    known = {name: value for name, value in DELETION.items() if name != missing}
    answer = refused(Quiet().trade(), {"op": "delete_order", "data": known})
    assert answer == ("error", f"Error: Field `{missing}` not found.")


def test_a_deletion_needs_a_whole_number():
    data = {**DELETION, "delete_ref": "0"}
    answer = refused(Quiet().trade(), {"op": "delete_order", "data": data})
    assert answer == ("error", "Error: Field `delete_ref` type error (expected integer).")


def test_volume_is_cast_and_a_long_ref_is_cut():
    link = Quiet().trade()
    data = {**ORDER, "volume": 1.7, "ref": "1234567890123456"}
    (said,) = link.ask("insert_order", **data)
    assert said["info"]["msg"] == (
        "RECEIVED: rb2101 in SHFE with ref '123456789012' BUY OPEN 1 LIMITED at 1.000000 "
        "ONE_DAY returned -1"
    )


@pytest.mark.parametrize(
    ("op", "data"),
    [
        ("insert_order", {**ORDER, "memo": "ab" + "中" * 4}),
        ("insert_order", {**ORDER, "ref": "é" * 6 + "é"[:1] + "中" * 3}),
        ("delete_order", {**DELETION, "delete_ref": 1_000_000_000}),
        ("delete_order", {**DELETION, "delete_ref": -1}),
    ],
)
def test_what_ends_the_real_gateway_ends_this_one(op, data):
    quiet = Quiet()
    quiet.trade().ask(op, **data)
    expected = 0 if data.get("ref", "").startswith("é") else 1
    assert len(quiet.crashes) == expected


def test_and_it_survives_if_it_is_told_to():
    quiet = Quiet(crash_on_cut_text=False, crash_on_delete_ref=False)
    link = quiet.trade()
    assert link.ask("insert_order", **{**ORDER, "memo": "ab" + "中" * 4})
    assert link.ask("delete_order", **{**DELETION, "delete_ref": 1_000_000_000})
    assert quiet.crashes == []


def test_a_second_connect_ends_the_gateway():
    quiet = Quiet()
    link = quiet.trade()
    link.connect()
    link.connect()
    assert quiet.crashes == ["connect on a connected socket"]


def test_the_first_generation_spoke_otherwise():
    link = Quiet(greeting="status").trade()
    link.api.receive("{", link.quiet.now)
    assert link.sink.frames == [bytes((0x82, 20)) + b"Invalid JSON payload"]
