"""The simulator's messages have the bytes of the sheet's golden vectors."""

from typing import Any

import pytest

from actors.venues.t4.simulator import messages
from engine.simulator.protobuf import ONEOF, NotMessage, parse
from tests.kit import t4wire

m = messages


def time(seconds: int, nanos: int = 0) -> Any:
    """A moment as its message."""
    return m.Timestamp(seconds=seconds, nanos=nanos)


CLIENT = {
    "0a070880d095ffbc31": {"heartbeat": m.Heartbeat(timestamp=1700000000000)},
    "12040a024b31": {"login_request": m.LoginRequest(api_key="K1")},
    "121312034354531a01752201702a016132016c5001": {
        "login_request": m.LoginRequest(
            firm="CTS", username="u", password="p", app_name="a", app_license="l", price_format=1
        )
    },
    "1a040a027231": {"authentication_token_request": m.AuthenticationTokenRequest(request_id="r1")},
    "a206130a06434d455f4571120245531a014d2004280a": {
        "market_depth_subscribe": m.MarketDepthSubscribe(
            exchange_id="CME_Eq", contract_id="ES", market_id="M", buffer=4, depth_levels=10
        )
    },
    "a2060f0a06434d455f4571120245531a014d": {
        "market_depth_subscribe": m.MarketDepthSubscribe(
            exchange_id="CME_Eq", contract_id="ES", market_id="M"
        )
    },
    "c20c06080210012001": {
        "account_subscribe": m.AccountSubscribe(
            subscribe=2, subscribe_all_accounts=True, upl_mode=1
        )
    },
    "e212231201411a014d2801321908ffffffffffffffffff01100120013a080a06363030303030": {
        "order_submit": m.OrderSubmit(
            account_id="A",
            market_id="M",
            manual_order_indicator=True,
            orders=[
                m.OrderSubmitOrder(
                    buy_sell=-1, price_type=1, volume=1, limit_price=m.price("600000")
                )
            ],
        )
    },
    "f2120b1201411a014d2a030a0155": {
        "order_pull": m.OrderPull(
            account_id="A", market_id="M", pulls=[m.OrderPullPull(unique_id="U")]
        )
    },
}
SERVER = {
    "121512017342030a01414a0b1201741a060890fecfaa06": {
        "login_response": m.LoginResponse(
            session_id="s",
            accounts=[m.LoginResponseAccount(account_id="A")],
            authentication_token=m.AuthenticationToken(token="t", expire_time=time(1700003600)),
        )
    },
    "120e08ffffffffffffffffff01320178": {
        "login_response": m.LoginResponse(result=-1, error_message="x")
    },
    "ba06290a014d100118042205080110f403320a0a040a023130100318015002620b50ffffffffffffffffff01": {
        "market_depth": m.MarketDepth(
            market_id="M",
            depth_levels=1,
            depth_buffer=4,
            time=time(1, 500),
            bids=[m.MarketDepthDepthLine(price=m.price("10"), volume=3, num_orders=1)],
            mode=2,
            trade_data=m.MarketDepthTradeData(at_bid_or_offer=-1),
        )
    },
    "c2060f0a014d42040102ac0252040a023130": {
        "market_depth_trade": m.MarketDepthTrade(
            market_id="M", order_volumes=[1, 2, 300], last_trade_price=m.price("10")
        )
    },
    "ea121d0a014d12014122152a130a015530063801800101da02060a016b120176": {
        "order_update_multi": m.OrderUpdateMulti(
            market_id="M",
            account_id="A",
            updates=[
                m.OrderUpdateMultiMessage(
                    order_update_status=m.OrderUpdateStatus(
                        unique_id="U",
                        change=6,
                        status=1,
                        working_volume=1,
                        instruction_extra={"k": "v"},
                    )
                )
            ],
        )
    },
    "f20c1f0a014119000000000000000029000000000000f8bf810100000000006ae840": {
        "account_profit": m.AccountProfit(account_id="A", upl=0, rpl=-1.5, available_cash=50000)
    },
}


@pytest.mark.parametrize(("data", "payload"), CLIENT.items())
def test_requests_are_read_from_the_golden_bytes(data: str, payload: dict[str, Any]):
    """And written to them."""
    wanted = m.ClientMessage(**payload)
    assert parse(m.ClientMessage, bytes.fromhex(data)) == wanted
    assert wanted.SerializeToString().hex() == data


@pytest.mark.parametrize(("data", "payload"), SERVER.items())
def test_answers_have_the_golden_bytes(data: str, payload: dict[str, Any]):
    """Byte for byte: what is zero, false or empty is left out."""
    ((name, message),) = payload.items()
    assert messages.packed(name, message).hex() == data


def test_packed_numbers_are_read_unpacked_too():
    """A peer may write repeated numbers one by one."""
    unpacked = bytes.fromhex("c206090a014d400140024003")
    message = parse(m.ServerMessage, unpacked)
    assert list(message.market_depth_trade.order_volumes) == [1, 2, 3]


def test_of_several_payloads_the_last_one_counts():
    """As the rules of protobuf have it."""
    two = bytes.fromhex("0a020801") + bytes.fromhex("1a040a027231")
    assert parse(m.ClientMessage, two).WhichOneof(ONEOF) == "authentication_token_request"


@pytest.mark.parametrize("data", ["ba3e03616263", ""])
def test_an_unknown_payload_is_none(data: str):
    """Field 999, and nothing at all."""
    assert parse(m.ClientMessage, bytes.fromhex(data)).WhichOneof(ONEOF) is None


def test_what_is_no_message_says_so():
    """A length beyond the end."""
    with pytest.raises(NotMessage):
        parse(m.ClientMessage, b"\x12\x7f\x0a")


def test_the_tests_own_codec_agrees():
    """What the bare client writes is read, and the other way round."""
    data = t4wire.encode("Client", {"login_request": {"api_key": "K1"}})
    assert data.hex() == "12040a024b31"
    name, body = t4wire.payload(
        bytes.fromhex("ba06290a014d100118042205080110f403320a0a040a02313010031801")
        + bytes.fromhex("5002620b50ffffffffffffffffff01")
    )
    assert name == "market_depth"
    assert body["bids"] == [{"price": "10", "volume": 3, "num_orders": 1}]
    assert body["trade_data"] == {"at_bid_or_offer": -1}


def test_presence_is_kept():
    """An absent price is not an empty one; an optional zero is there."""
    assert not m.AccountProfit().HasField("upl")
    assert m.AccountProfit(upl=0.0).HasField("upl")
    assert not m.OrderSubmitOrder().HasField("limit_price")
    assert m.OrderSubmitOrder(limit_price=m.Price()).HasField("limit_price")
