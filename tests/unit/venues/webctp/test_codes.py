"""Which of two code tables a gateway has: T-054."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.codes import (
    DOCUMENT_CODES,
    MARKET_CODES,
    SOURCE_CODES,
    TRADE_CODES,
    Codes,
    Endpoint,
    Generation,
    Kind,
    Shape,
    judge_trade,
    shape_of,
)
from actors.venues.webctp.wire import Message

ORDER = {
    "exchange_id": "SHFE",
    "req_id": 3,
    "ref": "           1",
    "order_local_id": "           7",
    "order_sys_id": "      100128",
    "order_submit_status": 3,
    "order_status": 3,
    "volume_traded": 0,
    "volume_total": 1,
}
TRADE = {
    "ref": "1",
    "exchange_id": "SHFE",
    "trade_id": "       12345",
    "order_sys_id": "      100128",
    "order_local_id": "           7",
    "volume": 1,
}
ROW = {"req_id": 9, "is_last": True}
INSERT_ERROR = {"instrument_id": "rb2105", "order_ref": "1", "limit_price": "3.5", "request_id": 3}
DELETE_ERROR = {"order_action_ref": 0, "order_ref": "1", "action_flag": 48, "order_sys_id": " 1"}
INSTRUMENT = {**ROW, "instrument_id": "rb2105", "product_class": 49, "volume_multiple": 10}

SOURCE = {
    14: (INSERT_ERROR, Kind.ORDER_INSERT_RETURN_ERROR),
    15: (ORDER, Kind.ORDER_INSERTED),
    16: (TRADE, Kind.ORDER_TRADED),
    17: ({**ORDER, **ROW, "order_memo": ""}, Kind.QUERY_ORDER),
    18: ({**DELETE_ERROR, **ROW}, Kind.ORDER_DELETE_ERROR),
    19: (DELETE_ERROR, Kind.ORDER_DELETE_RETURN_ERROR),
    20: ({**ORDER, "order_status": 5}, Kind.ORDER_DELETED),
    21: (INSTRUMENT, Kind.QUERY_INSTRUMENT),
}
DOCUMENT = {
    14: (ORDER, Kind.ORDER_INSERTED),
    15: (TRADE, Kind.ORDER_TRADED),
    16: ({**ORDER, **ROW}, Kind.QUERY_ORDER),
}
ALIKE = {
    0: ({"msg": "", "req_id": 3}, Kind.PERFORMED),
    13: ({**INSERT_ERROR, **ROW}, Kind.ORDER_INSERT_ERROR),
    12: (ROW, Kind.TRADING_ACCOUNT),
}
TABLES = {Generation.SOURCE: SOURCE, Generation.DOCUMENT: DOCUMENT}


def read(codes, code, info):
    return codes.read(Message(code, {}, info))


@pytest.mark.parametrize("generation", TABLES)
def test_each_table_is_proven_by_each_of_its_messages(generation):
    """Whatever comes first; the message is what its fields say."""
    for code, (info, kind) in TABLES[generation].items():
        codes = Codes(Endpoint.TRADE)
        assert read(codes, code, info) is kind
        assert codes.generation is generation


@pytest.mark.parametrize(
    ("code", "generation", "kind"),
    [
        (17, Generation.SOURCE, Kind.QUERY_ORDER),
        (16, Generation.DOCUMENT, Kind.QUERY_ORDER),
        (21, Generation.SOURCE, Kind.QUERY_INSTRUMENT),
    ],
)
def test_an_answer_without_a_record_is_proof(code, generation, kind):
    """On an account without any order the first query still tells the table."""
    codes = Codes(Endpoint.TRADE)
    assert read(codes, code, ROW) is kind
    assert codes.generation is generation


def test_no_message_of_one_table_is_read_as_an_acceptance_of_the_other():
    """The error of finding 10: an error taken for an acceptance, an acceptance for a trade."""
    assert judge_trade(14, INSERT_ERROR).kind is Kind.ORDER_INSERT_RETURN_ERROR
    assert judge_trade(14, ORDER).kind is Kind.ORDER_INSERTED
    assert judge_trade(15, ORDER).kind is Kind.ORDER_INSERTED
    assert judge_trade(15, TRADE).kind is Kind.ORDER_TRADED
    assert judge_trade(16, TRADE).kind is Kind.ORDER_TRADED
    assert judge_trade(16, {**ORDER, **ROW}).kind is Kind.QUERY_ORDER


def test_nothing_is_proven_by_what_is_alike():
    """Until then no order may be sent, and everything else goes on."""
    codes = Codes(Endpoint.TRADE)
    for code, (info, kind) in ALIKE.items():
        assert read(codes, code, info) is kind
    assert codes.generation is Generation.UNPROVEN
    assert "not proven" in codes.refusal(document_accepted=True)


def test_who_may_trade():
    """The source's table; the document's only if the user takes a gateway that cannot cancel."""
    codes = Codes(Endpoint.TRADE)
    read(codes, 15, ORDER)
    assert codes.refusal(document_accepted=False) == ""
    codes.restart()
    assert codes.refusal(document_accepted=True) != ""
    read(codes, 14, ORDER)
    assert "cannot cancel" in codes.refusal(document_accepted=False)
    assert codes.refusal(document_accepted=True) == ""


@pytest.mark.parametrize(
    ("code", "info"),
    [
        (14, {}),
        (14, ROW),
        (15, {"ref": "1"}),
        (16, INSERT_ERROR),
        (17, TRADE),
        (20, TRADE),
        (21, ORDER),
        (22, ORDER),
        (-1, ORDER),
        (99, {}),
    ],
)
def test_what_fits_neither_table_is_not_used_and_is_a_doubt(code, info):
    """No order may be sent on this connection any more; the next one begins anew."""
    codes = Codes(Endpoint.TRADE)
    read(codes, 15, ORDER)
    assert read(codes, code, info) is None
    assert codes.generation is Generation.DOUBTED
    assert "doubt" in codes.refusal(document_accepted=True)
    read(codes, 15, ORDER)
    assert codes.generation is Generation.DOUBTED
    codes.restart()
    assert codes.generation is Generation.UNPROVEN


MESSAGES = {
    generation: st.sampled_from(sorted({**ALIKE, **table}.items()))
    for generation, table in TABLES.items()
}


@given(st.data(), st.sampled_from(sorted(TABLES)))
def test_a_gateway_of_one_table_is_never_doubted(data, generation):
    """T-054: everything is read as it was meant; the table is proven by the first message beyond 13."""
    codes = Codes(Endpoint.TRADE)
    told = data.draw(st.lists(MESSAGES[generation], max_size=20))
    for code, (info, kind) in told:
        assert read(codes, code, info) is kind
        assert codes.generation in (Generation.UNPROVEN, generation)
    proven = any(code > 13 for code, _ in told)
    assert (codes.generation is generation) is proven


@given(st.data())
def test_a_gateway_that_mixes_both_tables_is_doubted_and_still_read_rightly(data):
    """T-054: news of orders are facts whatever the table; new orders are refused."""
    codes = Codes(Endpoint.TRADE)
    told = [data.draw(MESSAGES[data.draw(st.sampled_from(sorted(TABLES)))]) for _ in range(12)]
    proofs = set()
    for code, (info, kind) in told:
        assert read(codes, code, info) is kind
        if code > 13:
            proofs.add(judge_trade(code, info).proves)
        assert (codes.generation is Generation.DOUBTED) is (len(proofs) > 1)
        assert (codes.refusal(document_accepted=False) == "") is (proofs == {Generation.SOURCE})


FIELDS = sorted(
    {field for table in TABLES.values() for info, _ in table.values() for field in info}
)


@given(st.integers(-5, 40), st.dictionaries(st.sampled_from(FIELDS), st.just(1)))
def test_no_fields_make_an_order_or_a_trade_of_something_else(code, info):
    """Whatever arrives: what is called a trade has a trade id, an order's news has a status."""
    kind = judge_trade(code, info).kind
    if kind is Kind.ORDER_TRADED:
        assert "trade_id" in info
    if kind in (Kind.ORDER_INSERTED, Kind.ORDER_DELETED):
        assert "order_status" in info
        assert "trade_id" not in info
    if kind is Kind.ORDER_INSERT_RETURN_ERROR:
        assert "order_status" not in info


def test_market_data_has_one_table():
    """And nothing to doubt."""
    codes = Codes(Endpoint.MARKET_DATA)
    for code, kind in MARKET_CODES.items():
        assert codes.read(Message(code, {}, {})) is kind
    assert codes.read(Message(11, {}, {})) is None
    assert codes.generation is Generation.UNPROVEN


def test_the_tables_are_the_sheets():
    """Section 8 and point 1 of section 13."""
    assert sorted({**TRADE_CODES, **SOURCE_CODES}) == list(range(22))
    assert sorted({**TRADE_CODES, **DOCUMENT_CODES}) == list(range(17))
    assert shape_of({}) is Shape.UNKNOWN
