"""Numbers of the messages, of CTP's errors and of the integer fields, as this side reads the sheet."""

from enum import IntEnum
from typing import Final


class Md(IntEnum):
    """Messages of `/market_data`."""

    PERFORMED = 0
    ERROR = 1
    CONNECTED = 2
    DISCONNECTED = 3
    HEARTBEAT_TIMEOUT = 4
    LOGIN = 5
    LOGOUT = 6
    TRADING_DAY = 7
    SUBSCRIBE = 8
    UNSUBSCRIBE = 9
    MARKET_DATA = 10


class Td(IntEnum):
    """Messages of `/trade`, with the numbers of the source."""

    PERFORMED = 0
    ERROR = 1
    ERROR_NULL = 2
    ERROR_UNKNOWN_VALUE = 3
    CONNECTED = 4
    TRADING_DAY = 5
    DISCONNECTED = 6
    AUTHENTICATE = 7
    LOGIN = 8
    LOGOUT = 9
    SETTLEMENT_INFO = 10
    SETTLEMENT_INFO_CONFIRM = 11
    TRADING_ACCOUNT = 12
    ORDER_INSERT_ERROR = 13
    ORDER_INSERT_RETURN_ERROR = 14
    ORDER_INSERTED = 15
    ORDER_TRADED = 16
    QUERY_ORDER = 17
    ORDER_DELETE_ERROR = 18
    ORDER_DELETE_RETURN_ERROR = 19
    ORDER_DELETED = 20
    QUERY_INSTRUMENT = 21


DOCUMENTED: Final = {
    **{each: int(each) for each in Td if each <= Td.ORDER_INSERT_ERROR},
    Td.ORDER_INSERTED: 14,
    Td.ORDER_DELETED: 14,
    Td.ORDER_TRADED: 15,
    Td.QUERY_ORDER: 16,
}
"""Numbers of the older generation; what is missing here it never sent."""

NOT_DOCUMENTED: Final = frozenset({"delete_order", "query_instrument"})
"""Operations that the older generation did not know."""

BUY: Final = 0
SELL: Final = 1

OPEN: Final = 0
CLOSE: Final = 1
CLOSE_TODAY: Final = 3
CLOSE_YESTERDAY: Final = 4
OFFSETS: Final = {OPEN: "OPEN", CLOSE: "CLOSE", CLOSE_TODAY: "CLOSE_TODAY"} | {
    CLOSE_YESTERDAY: "CLOSE_YESTERDAY"
}

LIMITED: Final = 0
MARKET: Final = 1
LAST: Final = 2
PRICE_TYPES: Final = ("LIMITED", "MARKET", "LAST")

IMMEDIATE: Final = 0
ONE_DAY: Final = 1
TIME_CONDITIONS: Final = ("IMMEDIATE", "ONE_DAY")


class Submit(IntEnum):
    """order_submit_status."""

    INSERT_SUBMITTED = 0
    CANCEL_SUBMITTED = 1
    ACCEPTED = 3
    INSERT_REJECTED = 4
    CANCEL_REJECTED = 5


class Status(IntEnum):
    """order_status."""

    ALL_TRADED = 0
    PART_TRADED = 1
    NOT_TRADED = 3
    CANCELED = 5
    UNKNOWN = 6


STATUS_TEXTS: Final = {
    Status.ALL_TRADED: "全部成交",
    Status.PART_TRADED: "部分成交",
    Status.NOT_TRADED: "未成交",
    Status.CANCELED: "已撤单",
    Status.UNKNOWN: "报单已提交",
}

NOT_CONNECTED: Final = -1
TOO_MANY_UNANSWERED: Final = -2
TOO_MANY_PER_SECOND: Final = -3

ERRORS: Final = {
    0: "正确",
    3: "不合法的登录",
    5: "重复的登录",
    6: "还没有登录",
    9: "没有权限",
    12: "经纪公司不存在",
    15: "报单字段有误",
    16: "找不到合约",
    17: "合约不能交易",
    21: "没有可用的报单交易席位",
    22: "不允许重复报单",
    24: "重复的报单操作引用",
    25: "撤单找不到相应报单",
    26: "报单已全成交或已撤销 不能再撤",
    30: "平仓量超过持仓量",
    31: "资金不足",
    40: "交易所流量控制",
    42: "结算结果未确认",
    50: "平今仓位不足",
    51: "平昨仓位不足",
    60: "用户在线会话超出上限",
    63: "客户端认证失败",
    64: "客户端未认证",
    75: "连续登录失败次数超限 登录被禁止",
    80: "交易所不支持的价格类型",
    90: "查询未就绪 请稍后重试",
    95: "价格字段有误",
    116: "超过报单频率限制",
    147: "交易所代码必须填写",
    148: "交易所代码不合法",
    150: "报单的交易所代码不正确",
    6000: "行情订阅合约数超限",
}


def error(code: int) -> dict[str, object]:
    """The `err` object of an answer."""
    return {"code": code, "msg": f"CTP:{ERRORS.get(code, '未知错误')}"}


DISCONNECT_TEXTS: Final = {
    4097: "Network reading failed",
    4098: "Network writing failed",
    8193: "Heartbeat timeout",
    8194: "Sending heartbeat failed",
    8195: "Invalid response received",
}
READING_FAILED: Final = 4097
HEARTBEAT_LOST: Final = 8193
