"""The committed protobuf modules are what their definitions make, and they write the golden bytes."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from actors.venues.t4 import wire
from actors.venues.t4.proto import (
    account_pb2,
    auth_pb2,
    enums_pb2,
    market_pb2,
    orderrouting_pb2,
    price_pb2,
    service_pb2,
)

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "actors" / "venues" / "t4" / "proto"
DEPTH_SUBSCRIBE = {"exchange_id": "CME_Eq", "contract_id": "ES", "market_id": "M"}
CLIENT = {
    "0a070880d095ffbc31": {"heartbeat": service_pb2.Heartbeat(timestamp=1_700_000_000_000)},
    "12040a024b31": {"login_request": auth_pb2.LoginRequest(api_key="K1")},
    "121312034354531a01752201702a016132016c5001": {
        "login_request": auth_pb2.LoginRequest(
            firm="CTS",
            username="u",
            password="p",
            app_name="a",
            app_license="l",
            price_format=enums_pb2.PRICE_FORMAT_REAL,
        )
    },
    "1a040a027231": {
        "authentication_token_request": auth_pb2.AuthenticationTokenRequest(request_id="r1")
    },
    "a206130a06434d455f4571120245531a014d2004280a": {
        "market_depth_subscribe": market_pb2.MarketDepthSubscribe(
            **DEPTH_SUBSCRIBE,
            buffer=enums_pb2.DEPTH_BUFFER_SMART,
            depth_levels=enums_pb2.DEPTH_LEVELS_NORMAL,
        )
    },
    "a2060f0a06434d455f4571120245531a014d": {
        "market_depth_subscribe": market_pb2.MarketDepthSubscribe(**DEPTH_SUBSCRIBE)
    },
    "c20c06080210012001": {
        "account_subscribe": account_pb2.AccountSubscribe(
            subscribe=enums_pb2.ACCOUNT_SUBSCRIBE_TYPE_ALL_UPDATES,
            subscribe_all_accounts=True,
            upl_mode=enums_pb2.UPL_MODE_AVERAGE,
        )
    },
    "e212231201411a014d2801321908ffffffffffffffffff01100120013a080a06363030303030": {
        "order_submit": orderrouting_pb2.OrderSubmit(
            account_id="A",
            market_id="M",
            manual_order_indicator=True,
            orders=[
                orderrouting_pb2.OrderSubmit.Order(
                    buy_sell=enums_pb2.BUY_SELL_SELL,
                    price_type=enums_pb2.PRICE_TYPE_LIMIT,
                    volume=1,
                    limit_price=price_pb2.Price(value="600000"),
                )
            ],
        )
    },
    "f2120b1201411a014d2a030a0155": {
        "order_pull": orderrouting_pb2.OrderPull(
            account_id="A",
            market_id="M",
            pulls=[orderrouting_pb2.OrderPull.Pull(unique_id="U")],
        )
    },
}
SERVER = {
    "121512017342030a01414a0b1201741a060890fecfaa06": {
        "login_response": auth_pb2.LoginResponse(
            session_id="s",
            accounts=[auth_pb2.LoginResponse.Account(account_id="A")],
            authentication_token=auth_pb2.AuthenticationToken(
                token="t", expire_time=Timestamp(seconds=1_700_003_600)
            ),
        )
    },
    "120e08ffffffffffffffffff01320178": {
        "login_response": auth_pb2.LoginResponse(
            result=enums_pb2.LOGIN_RESULT_UNKNOWN, error_message="x"
        )
    },
    "ba06290a014d100118042205080110f403320a0a040a023130100318015002620b50ffffffffffffffffff01": {
        "market_depth": market_pb2.MarketDepth(
            market_id="M",
            depth_levels=enums_pb2.DEPTH_LEVELS_BEST_ONLY,
            depth_buffer=enums_pb2.DEPTH_BUFFER_SMART,
            time=Timestamp(seconds=1, nanos=500),
            bids=[
                market_pb2.MarketDepth.DepthLine(
                    price=price_pb2.Price(value="10"), volume=3, num_orders=1
                )
            ],
            mode=enums_pb2.MARKET_MODE_OPEN,
            trade_data=market_pb2.MarketDepth.TradeData(at_bid_or_offer=enums_pb2.BID_OFFER_OFFER),
        )
    },
    "c2060f0a014d42040102ac0252040a023130": {
        "market_depth_trade": market_pb2.MarketDepthTrade(
            market_id="M",
            order_volumes=[1, 2, 300],
            last_trade_price=price_pb2.Price(value="10"),
        )
    },
    "ea121d0a014d12014122152a130a015530063801800101da02060a016b120176": {
        "order_update_multi": orderrouting_pb2.OrderUpdateMulti(
            market_id="M",
            account_id="A",
            updates=[
                orderrouting_pb2.OrderUpdateMultiMessage(
                    order_update_status=orderrouting_pb2.OrderUpdateStatus(
                        unique_id="U",
                        change=enums_pb2.ORDER_CHANGE_SUBMISSION_SUCCESS,
                        status=enums_pb2.ORDER_STATUS_WORKING,
                        working_volume=1,
                        instruction_extra={"k": "v"},
                    )
                )
            ],
        )
    },
    "f20c1f0a014119000000000000000029000000000000f8bf810100000000006ae840": {
        "account_profit": account_pb2.AccountProfit(
            account_id="A", upl=0.0, rpl=-1.5, available_cash=50_000.0
        )
    },
}


@pytest.mark.skipif(find_spec("grpc_tools") is None, reason="grpcio-tools is not installed")
def test_the_generated_modules_are_fresh(tmp_path: Path):
    """Generating again gives the same files."""
    sources = [path.relative_to(ROOT).as_posix() for path in sorted(FOLDER.glob("*.proto"))]
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I."]
    command += [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}", *sources]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    made = {path.name: path.read_text() for path in tmp_path.rglob("*_pb2.py*")}
    committed = {path.name: path.read_text() for path in FOLDER.glob("*_pb2.py*")}

    assert made == committed
    assert len(made) == 2 * len(sources) > 0


@pytest.mark.parametrize("golden", CLIENT)
def test_what_we_send(golden: str):
    """Byte for byte as the sheet has it."""
    ((kind, message),) = CLIENT[golden].items()
    assert wire.encode(kind, message).hex() == golden


@pytest.mark.parametrize("golden", SERVER)
def test_what_the_venue_sends(golden: str):
    """Read into the message that the sheet describes."""
    assert wire.decode(bytes.fromhex(golden)) == next(iter(SERVER[golden].items()))


def test_unpacked_numbers_and_strangers():
    """Packed numbers may come one by one; fields and payloads that are not known are skipped."""
    _, message = wire.decode(bytes.fromhex("c2060a0a014d4001400240ac02"))
    assert list(message.order_volumes) == [1, 2, 300]
    assert wire.decode(bytes.fromhex("c23e0101")) == ("", None)
    assert wire.decode(b"") == ("", None)
    _, late = wire.decode(bytes.fromhex("0a02080112030a0178"))
    assert late == auth_pb2.LoginResponse.FromString(bytes.fromhex("0a0178"))


def test_package_names():
    """The venue's, though they never travel."""
    packages = {
        module.DESCRIPTOR.package
        for module in (account_pb2, auth_pb2, enums_pb2, market_pb2, orderrouting_pb2, service_pb2)
    }
    words = ("account", "auth", "common", "market", "orderrouting", "service")
    assert packages == {f"t4proto.v1.{word}" for word in words}
