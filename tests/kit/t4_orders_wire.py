"""T4's messages of accounts and orders, for the hand-written codec of the tests (`t4wire`).

Field numbers are the fact sheet's, as far as a test needs them. Importing this module adds them to the
codec's tables.
"""

from typing import Any

from tests.kit import t4wire
from tests.kit.t4_simulator import ES, Socket

BUY, SELL = 1, -1
WORKING, FINISHED, REJECTED, HELD = 1, 2, 3, 4

t4wire.TABLES["Client"] |= {
    300: ("order_submit", "mOrderSubmit"),
    301: ("order_revise", "mOrderRevise"),
    302: ("order_pull", "mOrderPull"),
    303: ("order_batch", "mOrderBatch"),
    340: ("create_uds", "mCreateUds"),
}
t4wire.TABLES["Server"] |= {
    200: ("account_subscribe_response", "mAccountAnswer"),
    202: ("account_position", "mPosition"),
    203: ("account_update", "mMoney"),
    205: ("account_snapshot", "mAccountSnapshot"),
    206: ("account_profit", "mProfit"),
    301: ("order_update_multi", "mMulti"),
    310: ("order_batch_acknowledge", "mBatchAcknowledge"),
    311: ("order_batch_reject", "mBatchReject"),
    340: ("create_uds_response", "mUdsAnswer"),
}
t4wire.TABLES |= {
    "OrderSubmit": {
        2: ("account_id", "s"),
        3: ("market_id", "s"),
        4: ("order_link", "i"),
        5: ("manual_order_indicator", "i"),
        6: ("orders", "*mNewOrder"),
    },
    "NewOrder": {
        1: ("buy_sell", "i"),
        2: ("price_type", "i"),
        3: ("time_type", "i"),
        4: ("volume", "i"),
        7: ("limit_price", "mPrice"),
        8: ("stop_price", "mPrice"),
        9: ("trail_distance", "mPrice"),
        10: ("tag", "s"),
        11: ("activation_type", "i"),
    },
    "OrderBatch": {1: ("batch_id", "s"), 2: ("submissions", "*mOrderSubmit")},
    "OrderRevise": {2: ("account_id", "s"), 3: ("market_id", "s"), 5: ("revisions", "*mRevise")},
    "Revise": {1: ("unique_id", "s"), 2: ("volume", "i"), 5: ("limit_price", "mPrice")},
    "OrderPull": {2: ("account_id", "s"), 3: ("market_id", "s"), 5: ("pulls", "*mPull")},
    "Pull": {1: ("unique_id", "s")},
    "CreateUds": {1: ("request_id", "s"), 3: ("account_id", "s"), 5: ("legs", "*mUdsLeg")},
    "UdsLeg": {3: ("market_id", "s"), 4: ("buy_sell", "i"), 5: ("volume", "i")},
    "AccountAnswer": {1: ("success", "i"), 2: ("errors", "*s")},
    "Position": {
        1: ("account_id", "s"),
        4: ("market_id", "s"),
        5: ("buys", "i"),
        6: ("sells", "i"),
        7: ("working_buys", "i"),
        8: ("working_sells", "i"),
        27: ("average_open_price", "mPrice"),
    },
    "Money": {1: ("account_id", "s"), 2: ("status", "i"), 3: ("balance", "d"), 6: ("margin", "d")},
    "Profit": {1: ("account_id", "s"), 3: ("upl", "d"), 16: ("available_cash", "d")},
    "AccountSnapshot": {
        1: ("account_id", "s"),
        4: ("status", "i"),
        6: ("messages", "*mAccountPart"),
    },
    "AccountPart": {
        3: ("account_position", "mPosition"),
        4: ("account_update", "mMoney"),
        5: ("account_details", "mNothing"),
        6: ("account_currency", "mNothing"),
        7: ("market_details", "mDetails"),
        8: ("order_update_multi", "mMulti"),
    },
    "Nothing": {},
    "Multi": {
        1: ("market_id", "s"),
        2: ("account_id", "s"),
        3: ("historical", "i"),
        4: ("updates", "*mUpdate"),
    },
    "Update": {
        3: ("order_update", "mImage"),
        4: ("order_update_failed", "mFailed"),
        5: ("order_update_status", "mStatus"),
        6: ("order_update_trade", "mFill"),
        7: ("order_update_trade_leg", "mFillLeg"),
    },
    "Image": {
        1: ("unique_id", "s"),
        6: ("change", "i"),
        7: ("status", "i"),
        9: ("response_pending", "i"),
        10: ("exchange_order_id", "s"),
        23: ("buy_sell", "i"),
        24: ("price_type", "i"),
        26: ("current_volume", "i"),
        29: ("new_volume", "i"),
        47: ("tag", "s"),
        48: ("total_fill_volume", "i"),
        49: ("working_volume", "i"),
        68: ("tag_relation_id", "s"),
        70: ("sequence_order", "i"),
        77: ("trades", "*mListed"),
    },
    "Listed": {1: ("sequence_order", "i"), 2: ("volume", "i"), 3: ("price", "mPrice")},
    "Failed": {
        1: ("unique_id", "s"),
        6: ("change", "i"),
        7: ("status", "i"),
        8: ("status_detail", "s"),
        11: ("sequence_order", "i"),
    },
    "Status": {
        1: ("unique_id", "s"),
        6: ("change", "i"),
        7: ("status", "i"),
        8: ("status_detail", "s"),
        9: ("response_pending", "i"),
        11: ("current_volume", "i"),
        12: ("current_limit_price", "mPrice"),
        13: ("current_stop_price", "mPrice"),
        16: ("working_volume", "i"),
        33: ("tag", "s"),
        41: ("sequence_order", "i"),
    },
    "Fill": {
        1: ("unique_id", "s"),
        6: ("change", "i"),
        7: ("status", "i"),
        10: ("total_fill_volume", "i"),
        11: ("working_volume", "i"),
        12: ("volume", "i"),
        13: ("price", "mPrice"),
        15: ("exchange_trade_id", "s"),
        19: ("sequence_order", "i"),
    },
    "FillLeg": {1: ("unique_id", "s"), 10: ("leg_index", "i"), 11: ("volume", "i")},
    "BatchAcknowledge": {1: ("batch_id", "s"), 2: ("accepted", "*mBatchAccepted")},
    "BatchAccepted": {1: ("account_id", "s"), 2: ("market_id", "s"), 3: ("unique_id", "*s")},
    "BatchReject": {1: ("batch_id", "s"), 2: ("reason", "s"), 3: ("errors", "*mBatchError")},
    "BatchError": {1: ("submission_index", "i"), 2: ("order_index", "i"), 5: ("reason", "s")},
    "UdsAnswer": {
        1: ("request_id", "s"),
        2: ("status_detail", "s"),
        3: ("MarketRef", "s"),
        4: ("uds_status", "i"),
    },
}


def new_order(side: int = BUY, volume: int = 1, **terms: Any) -> dict[str, Any]:
    """An order for `order_submit`; prices as texts."""
    wired = {
        name: {"value": value} if name.endswith(("_price", "_distance")) else value
        for name, value in terms.items()
    }
    return {"buy_sell": side, "volume": volume, **wired}


class Trader:
    """A bare client that trades one account.

    Args:
        socket: logged in.
        account_id: to trade.
    """

    def __init__(self, socket: Socket, account_id: str) -> None:
        self.socket = socket
        self.account_id = account_id

    async def subscribe(self, **terms: Any) -> dict[str, Any]:
        """Subscribe to the account; its snapshot."""
        await self.socket.say(
            "account_subscribe", subscribe=2, account_id=[self.account_id], **terms
        )
        answer = await self.socket.until("account_subscribe_response")
        assert answer.get("success"), answer
        return await self.socket.until("account_snapshot")

    async def submit(self, *orders: dict[str, Any], market: str = ES, link: int = 0) -> None:
        """Submit orders."""
        await self.socket.say(
            "order_submit",
            account_id=self.account_id,
            market_id=market,
            order_link=link,
            orders=list(orders),
        )

    async def pull(self, unique_id: str, market: str = ES) -> None:
        """Pull an order."""
        await self.socket.say(
            "order_pull",
            account_id=self.account_id,
            market_id=market,
            pulls=[{"unique_id": unique_id}],
        )

    async def event(self, kind: str = "", **wanted: Any) -> dict[str, Any]:
        """The first order event of a kind with these fields, live or of a snapshot."""

        def fits(message: dict[str, Any]) -> bool:
            return _find(message, kind, wanted) is not None

        found = _find(await self.socket.until("order_update_multi", fits), kind, wanted)
        assert found is not None
        return found


def _find(message: dict[str, Any], kind: str, wanted: dict[str, Any]) -> dict[str, Any] | None:
    for update in message.get("updates", []):
        for name, body in update.items():
            if kind in ("", name) and all(body.get(key, 0) == v for key, v in wanted.items()):
                return dict(body)
    return None


def images(snapshot: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The orders of a snapshot by id."""
    return {
        update["order_update"]["unique_id"]: update["order_update"]
        for part in snapshot["messages"]
        for update in part.get("order_update_multi", {}).get("updates", [])
    }
