from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SubType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUB_TYPE_UNKNOWN: _ClassVar[SubType]
    SUB_TYPE_QUOTE: _ClassVar[SubType]
    SUB_TYPE_DEPTH: _ClassVar[SubType]
    SUB_TYPE_BROKERS: _ClassVar[SubType]
    SUB_TYPE_TRADE: _ClassVar[SubType]

class TradeStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATUS_NORMAL: _ClassVar[TradeStatus]
    STATUS_HALTED: _ClassVar[TradeStatus]
    STATUS_DELISTED: _ClassVar[TradeStatus]
    STATUS_FUSE: _ClassVar[TradeStatus]
    STATUS_PREPARE_LIST: _ClassVar[TradeStatus]
    STATUS_CODE_MOVED: _ClassVar[TradeStatus]
    STATUS_TO_BE_OPENED: _ClassVar[TradeStatus]
    STATUS_SPLIT_STOCK_HALTS: _ClassVar[TradeStatus]
    STATUS_EXPIRED: _ClassVar[TradeStatus]
    STATUS_WARRANT_PREPARE_LIST: _ClassVar[TradeStatus]
    STATUS_SUSPEND_TRADE: _ClassVar[TradeStatus]

class TradeSession(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_NORMAL: _ClassVar[TradeSession]
    SESSION_PRE: _ClassVar[TradeSession]
    SESSION_POST: _ClassVar[TradeSession]
    SESSION_OVERNIGHT: _ClassVar[TradeSession]

class PushQuoteTag(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TAG_NORMAL: _ClassVar[PushQuoteTag]
    TAG_END_OF_DAY: _ClassVar[PushQuoteTag]

class Period(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PERIOD_UNKNOWN: _ClassVar[Period]
    PERIOD_1_MINUTE: _ClassVar[Period]
    PERIOD_2_MINUTES: _ClassVar[Period]
    PERIOD_3_MINUTES: _ClassVar[Period]
    PERIOD_5_MINUTES: _ClassVar[Period]
    PERIOD_10_MINUTES: _ClassVar[Period]
    PERIOD_15_MINUTES: _ClassVar[Period]
    PERIOD_20_MINUTES: _ClassVar[Period]
    PERIOD_30_MINUTES: _ClassVar[Period]
    PERIOD_45_MINUTES: _ClassVar[Period]
    PERIOD_60_MINUTES: _ClassVar[Period]
    PERIOD_120_MINUTES: _ClassVar[Period]
    PERIOD_180_MINUTES: _ClassVar[Period]
    PERIOD_240_MINUTES: _ClassVar[Period]
    PERIOD_DAY: _ClassVar[Period]
    PERIOD_WEEK: _ClassVar[Period]
    PERIOD_MONTH: _ClassVar[Period]
    PERIOD_QUARTER: _ClassVar[Period]
    PERIOD_YEAR: _ClassVar[Period]

class AdjustType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ADJUST_NONE: _ClassVar[AdjustType]
    ADJUST_FORWARD: _ClassVar[AdjustType]
SUB_TYPE_UNKNOWN: SubType
SUB_TYPE_QUOTE: SubType
SUB_TYPE_DEPTH: SubType
SUB_TYPE_BROKERS: SubType
SUB_TYPE_TRADE: SubType
STATUS_NORMAL: TradeStatus
STATUS_HALTED: TradeStatus
STATUS_DELISTED: TradeStatus
STATUS_FUSE: TradeStatus
STATUS_PREPARE_LIST: TradeStatus
STATUS_CODE_MOVED: TradeStatus
STATUS_TO_BE_OPENED: TradeStatus
STATUS_SPLIT_STOCK_HALTS: TradeStatus
STATUS_EXPIRED: TradeStatus
STATUS_WARRANT_PREPARE_LIST: TradeStatus
STATUS_SUSPEND_TRADE: TradeStatus
SESSION_NORMAL: TradeSession
SESSION_PRE: TradeSession
SESSION_POST: TradeSession
SESSION_OVERNIGHT: TradeSession
TAG_NORMAL: PushQuoteTag
TAG_END_OF_DAY: PushQuoteTag
PERIOD_UNKNOWN: Period
PERIOD_1_MINUTE: Period
PERIOD_2_MINUTES: Period
PERIOD_3_MINUTES: Period
PERIOD_5_MINUTES: Period
PERIOD_10_MINUTES: Period
PERIOD_15_MINUTES: Period
PERIOD_20_MINUTES: Period
PERIOD_30_MINUTES: Period
PERIOD_45_MINUTES: Period
PERIOD_60_MINUTES: Period
PERIOD_120_MINUTES: Period
PERIOD_180_MINUTES: Period
PERIOD_240_MINUTES: Period
PERIOD_DAY: Period
PERIOD_WEEK: Period
PERIOD_MONTH: Period
PERIOD_QUARTER: Period
PERIOD_YEAR: Period
ADJUST_NONE: AdjustType
ADJUST_FORWARD: AdjustType

class SecurityRequest(_message.Message):
    __slots__ = ("symbol",)
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    def __init__(self, symbol: _Optional[str] = ...) -> None: ...

class MultiSecurityRequest(_message.Message):
    __slots__ = ("symbol",)
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    symbol: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, symbol: _Optional[_Iterable[str]] = ...) -> None: ...

class UserQuoteProfileRequest(_message.Message):
    __slots__ = ("language",)
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    language: str
    def __init__(self, language: _Optional[str] = ...) -> None: ...

class RateLimit(_message.Message):
    __slots__ = ("command", "limit", "burst")
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    BURST_FIELD_NUMBER: _ClassVar[int]
    command: int
    limit: int
    burst: int
    def __init__(self, command: _Optional[int] = ..., limit: _Optional[int] = ..., burst: _Optional[int] = ...) -> None: ...

class PackageDetail(_message.Message):
    __slots__ = ("key", "name", "description", "start", "end")
    KEY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    key: str
    name: str
    description: str
    start: int
    end: int
    def __init__(self, key: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., start: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class MarketPackageDetail(_message.Message):
    __slots__ = ("packages", "warning_msg")
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    WARNING_MSG_FIELD_NUMBER: _ClassVar[int]
    packages: _containers.RepeatedCompositeFieldContainer[PackageDetail]
    warning_msg: str
    def __init__(self, packages: _Optional[_Iterable[_Union[PackageDetail, _Mapping]]] = ..., warning_msg: _Optional[str] = ...) -> None: ...

class UserQuoteLevelDetail(_message.Message):
    __slots__ = ("by_package_key", "by_market_code")
    class ByPackageKeyEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: PackageDetail
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[PackageDetail, _Mapping]] = ...) -> None: ...
    class ByMarketCodeEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: MarketPackageDetail
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[MarketPackageDetail, _Mapping]] = ...) -> None: ...
    BY_PACKAGE_KEY_FIELD_NUMBER: _ClassVar[int]
    BY_MARKET_CODE_FIELD_NUMBER: _ClassVar[int]
    by_package_key: _containers.MessageMap[str, PackageDetail]
    by_market_code: _containers.MessageMap[str, MarketPackageDetail]
    def __init__(self, by_package_key: _Optional[_Mapping[str, PackageDetail]] = ..., by_market_code: _Optional[_Mapping[str, MarketPackageDetail]] = ...) -> None: ...

class UserQuoteProfileResponse(_message.Message):
    __slots__ = ("member_id", "quote_level", "subscribe_limit", "history_candlestick_limit", "rate_limit", "quote_level_detail")
    MEMBER_ID_FIELD_NUMBER: _ClassVar[int]
    QUOTE_LEVEL_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    HISTORY_CANDLESTICK_LIMIT_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    QUOTE_LEVEL_DETAIL_FIELD_NUMBER: _ClassVar[int]
    member_id: int
    quote_level: str
    subscribe_limit: int
    history_candlestick_limit: int
    rate_limit: _containers.RepeatedCompositeFieldContainer[RateLimit]
    quote_level_detail: UserQuoteLevelDetail
    def __init__(self, member_id: _Optional[int] = ..., quote_level: _Optional[str] = ..., subscribe_limit: _Optional[int] = ..., history_candlestick_limit: _Optional[int] = ..., rate_limit: _Optional[_Iterable[_Union[RateLimit, _Mapping]]] = ..., quote_level_detail: _Optional[_Union[UserQuoteLevelDetail, _Mapping]] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ("symbol", "sub_type", "is_first_push")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SUB_TYPE_FIELD_NUMBER: _ClassVar[int]
    IS_FIRST_PUSH_FIELD_NUMBER: _ClassVar[int]
    symbol: _containers.RepeatedScalarFieldContainer[str]
    sub_type: _containers.RepeatedScalarFieldContainer[SubType]
    is_first_push: bool
    def __init__(self, symbol: _Optional[_Iterable[str]] = ..., sub_type: _Optional[_Iterable[_Union[SubType, str]]] = ..., is_first_push: _Optional[bool] = ...) -> None: ...

class UnsubscribeRequest(_message.Message):
    __slots__ = ("symbol", "sub_type", "unsub_all")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SUB_TYPE_FIELD_NUMBER: _ClassVar[int]
    UNSUB_ALL_FIELD_NUMBER: _ClassVar[int]
    symbol: _containers.RepeatedScalarFieldContainer[str]
    sub_type: _containers.RepeatedScalarFieldContainer[SubType]
    unsub_all: bool
    def __init__(self, symbol: _Optional[_Iterable[str]] = ..., sub_type: _Optional[_Iterable[_Union[SubType, str]]] = ..., unsub_all: _Optional[bool] = ...) -> None: ...

class UnsubscribeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SubscriptionRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SubTypeList(_message.Message):
    __slots__ = ("symbol", "sub_type")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SUB_TYPE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    sub_type: _containers.RepeatedScalarFieldContainer[SubType]
    def __init__(self, symbol: _Optional[str] = ..., sub_type: _Optional[_Iterable[_Union[SubType, str]]] = ...) -> None: ...

class SubscriptionResponse(_message.Message):
    __slots__ = ("sub_list",)
    SUB_LIST_FIELD_NUMBER: _ClassVar[int]
    sub_list: _containers.RepeatedCompositeFieldContainer[SubTypeList]
    def __init__(self, sub_list: _Optional[_Iterable[_Union[SubTypeList, _Mapping]]] = ...) -> None: ...

class PushQuote(_message.Message):
    __slots__ = ("symbol", "sequence", "last_done", "open", "high", "low", "timestamp", "volume", "turnover", "trade_status", "trade_session", "current_volume", "current_turnover", "tag")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LAST_DONE_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    TURNOVER_FIELD_NUMBER: _ClassVar[int]
    TRADE_STATUS_FIELD_NUMBER: _ClassVar[int]
    TRADE_SESSION_FIELD_NUMBER: _ClassVar[int]
    CURRENT_VOLUME_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TURNOVER_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    sequence: int
    last_done: str
    open: str
    high: str
    low: str
    timestamp: int
    volume: int
    turnover: str
    trade_status: TradeStatus
    trade_session: TradeSession
    current_volume: int
    current_turnover: str
    tag: PushQuoteTag
    def __init__(self, symbol: _Optional[str] = ..., sequence: _Optional[int] = ..., last_done: _Optional[str] = ..., open: _Optional[str] = ..., high: _Optional[str] = ..., low: _Optional[str] = ..., timestamp: _Optional[int] = ..., volume: _Optional[int] = ..., turnover: _Optional[str] = ..., trade_status: _Optional[_Union[TradeStatus, str]] = ..., trade_session: _Optional[_Union[TradeSession, str]] = ..., current_volume: _Optional[int] = ..., current_turnover: _Optional[str] = ..., tag: _Optional[_Union[PushQuoteTag, str]] = ...) -> None: ...

class Depth(_message.Message):
    __slots__ = ("position", "price", "volume", "order_num")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    ORDER_NUM_FIELD_NUMBER: _ClassVar[int]
    position: int
    price: str
    volume: int
    order_num: int
    def __init__(self, position: _Optional[int] = ..., price: _Optional[str] = ..., volume: _Optional[int] = ..., order_num: _Optional[int] = ...) -> None: ...

class PushDepth(_message.Message):
    __slots__ = ("symbol", "sequence", "ask", "bid")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    sequence: int
    ask: _containers.RepeatedCompositeFieldContainer[Depth]
    bid: _containers.RepeatedCompositeFieldContainer[Depth]
    def __init__(self, symbol: _Optional[str] = ..., sequence: _Optional[int] = ..., ask: _Optional[_Iterable[_Union[Depth, _Mapping]]] = ..., bid: _Optional[_Iterable[_Union[Depth, _Mapping]]] = ...) -> None: ...

class Brokers(_message.Message):
    __slots__ = ("position", "broker_ids")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    BROKER_IDS_FIELD_NUMBER: _ClassVar[int]
    position: int
    broker_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, position: _Optional[int] = ..., broker_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class PushBrokers(_message.Message):
    __slots__ = ("symbol", "sequence", "ask_brokers", "bid_brokers")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ASK_BROKERS_FIELD_NUMBER: _ClassVar[int]
    BID_BROKERS_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    sequence: int
    ask_brokers: _containers.RepeatedCompositeFieldContainer[Brokers]
    bid_brokers: _containers.RepeatedCompositeFieldContainer[Brokers]
    def __init__(self, symbol: _Optional[str] = ..., sequence: _Optional[int] = ..., ask_brokers: _Optional[_Iterable[_Union[Brokers, _Mapping]]] = ..., bid_brokers: _Optional[_Iterable[_Union[Brokers, _Mapping]]] = ...) -> None: ...

class Trade(_message.Message):
    __slots__ = ("price", "volume", "timestamp", "trade_type", "direction", "trade_session")
    PRICE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    TRADE_TYPE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    TRADE_SESSION_FIELD_NUMBER: _ClassVar[int]
    price: str
    volume: int
    timestamp: int
    trade_type: str
    direction: int
    trade_session: TradeSession
    def __init__(self, price: _Optional[str] = ..., volume: _Optional[int] = ..., timestamp: _Optional[int] = ..., trade_type: _Optional[str] = ..., direction: _Optional[int] = ..., trade_session: _Optional[_Union[TradeSession, str]] = ...) -> None: ...

class PushTrade(_message.Message):
    __slots__ = ("symbol", "sequence", "trade")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TRADE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    sequence: int
    trade: _containers.RepeatedCompositeFieldContainer[Trade]
    def __init__(self, symbol: _Optional[str] = ..., sequence: _Optional[int] = ..., trade: _Optional[_Iterable[_Union[Trade, _Mapping]]] = ...) -> None: ...

class SecurityDepthResponse(_message.Message):
    __slots__ = ("symbol", "ask", "bid")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    ask: _containers.RepeatedCompositeFieldContainer[Depth]
    bid: _containers.RepeatedCompositeFieldContainer[Depth]
    def __init__(self, symbol: _Optional[str] = ..., ask: _Optional[_Iterable[_Union[Depth, _Mapping]]] = ..., bid: _Optional[_Iterable[_Union[Depth, _Mapping]]] = ...) -> None: ...

class SecurityBrokersResponse(_message.Message):
    __slots__ = ("symbol", "ask_brokers", "bid_brokers")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ASK_BROKERS_FIELD_NUMBER: _ClassVar[int]
    BID_BROKERS_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    ask_brokers: _containers.RepeatedCompositeFieldContainer[Brokers]
    bid_brokers: _containers.RepeatedCompositeFieldContainer[Brokers]
    def __init__(self, symbol: _Optional[str] = ..., ask_brokers: _Optional[_Iterable[_Union[Brokers, _Mapping]]] = ..., bid_brokers: _Optional[_Iterable[_Union[Brokers, _Mapping]]] = ...) -> None: ...

class SecurityTradeRequest(_message.Message):
    __slots__ = ("symbol", "count")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    count: int
    def __init__(self, symbol: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class SecurityTradeResponse(_message.Message):
    __slots__ = ("symbol", "trades")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    trades: _containers.RepeatedCompositeFieldContainer[Trade]
    def __init__(self, symbol: _Optional[str] = ..., trades: _Optional[_Iterable[_Union[Trade, _Mapping]]] = ...) -> None: ...

class PrePostQuote(_message.Message):
    __slots__ = ("last_done", "timestamp", "volume", "turnover", "high", "low", "prev_close")
    LAST_DONE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    TURNOVER_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    PREV_CLOSE_FIELD_NUMBER: _ClassVar[int]
    last_done: str
    timestamp: int
    volume: int
    turnover: str
    high: str
    low: str
    prev_close: str
    def __init__(self, last_done: _Optional[str] = ..., timestamp: _Optional[int] = ..., volume: _Optional[int] = ..., turnover: _Optional[str] = ..., high: _Optional[str] = ..., low: _Optional[str] = ..., prev_close: _Optional[str] = ...) -> None: ...

class SecurityQuote(_message.Message):
    __slots__ = ("symbol", "last_done", "prev_close", "open", "high", "low", "timestamp", "volume", "turnover", "trade_status", "pre_market_quote", "post_market_quote", "over_night_quote")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    LAST_DONE_FIELD_NUMBER: _ClassVar[int]
    PREV_CLOSE_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    TURNOVER_FIELD_NUMBER: _ClassVar[int]
    TRADE_STATUS_FIELD_NUMBER: _ClassVar[int]
    PRE_MARKET_QUOTE_FIELD_NUMBER: _ClassVar[int]
    POST_MARKET_QUOTE_FIELD_NUMBER: _ClassVar[int]
    OVER_NIGHT_QUOTE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    last_done: str
    prev_close: str
    open: str
    high: str
    low: str
    timestamp: int
    volume: int
    turnover: str
    trade_status: TradeStatus
    pre_market_quote: PrePostQuote
    post_market_quote: PrePostQuote
    over_night_quote: PrePostQuote
    def __init__(self, symbol: _Optional[str] = ..., last_done: _Optional[str] = ..., prev_close: _Optional[str] = ..., open: _Optional[str] = ..., high: _Optional[str] = ..., low: _Optional[str] = ..., timestamp: _Optional[int] = ..., volume: _Optional[int] = ..., turnover: _Optional[str] = ..., trade_status: _Optional[_Union[TradeStatus, str]] = ..., pre_market_quote: _Optional[_Union[PrePostQuote, _Mapping]] = ..., post_market_quote: _Optional[_Union[PrePostQuote, _Mapping]] = ..., over_night_quote: _Optional[_Union[PrePostQuote, _Mapping]] = ...) -> None: ...

class SecurityQuoteResponse(_message.Message):
    __slots__ = ("secu_quote",)
    SECU_QUOTE_FIELD_NUMBER: _ClassVar[int]
    secu_quote: _containers.RepeatedCompositeFieldContainer[SecurityQuote]
    def __init__(self, secu_quote: _Optional[_Iterable[_Union[SecurityQuote, _Mapping]]] = ...) -> None: ...

class StaticInfo(_message.Message):
    __slots__ = ("symbol", "name_cn", "name_en", "name_hk", "listing_date", "exchange", "currency", "lot_size", "total_shares", "circulating_shares", "hk_shares", "eps", "eps_ttm", "bps", "dividend_yield", "stock_derivatives", "board")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    NAME_CN_FIELD_NUMBER: _ClassVar[int]
    NAME_EN_FIELD_NUMBER: _ClassVar[int]
    NAME_HK_FIELD_NUMBER: _ClassVar[int]
    LISTING_DATE_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    LOT_SIZE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SHARES_FIELD_NUMBER: _ClassVar[int]
    CIRCULATING_SHARES_FIELD_NUMBER: _ClassVar[int]
    HK_SHARES_FIELD_NUMBER: _ClassVar[int]
    EPS_FIELD_NUMBER: _ClassVar[int]
    EPS_TTM_FIELD_NUMBER: _ClassVar[int]
    BPS_FIELD_NUMBER: _ClassVar[int]
    DIVIDEND_YIELD_FIELD_NUMBER: _ClassVar[int]
    STOCK_DERIVATIVES_FIELD_NUMBER: _ClassVar[int]
    BOARD_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    name_cn: str
    name_en: str
    name_hk: str
    listing_date: str
    exchange: str
    currency: str
    lot_size: int
    total_shares: int
    circulating_shares: int
    hk_shares: int
    eps: str
    eps_ttm: str
    bps: str
    dividend_yield: str
    stock_derivatives: _containers.RepeatedScalarFieldContainer[int]
    board: str
    def __init__(self, symbol: _Optional[str] = ..., name_cn: _Optional[str] = ..., name_en: _Optional[str] = ..., name_hk: _Optional[str] = ..., listing_date: _Optional[str] = ..., exchange: _Optional[str] = ..., currency: _Optional[str] = ..., lot_size: _Optional[int] = ..., total_shares: _Optional[int] = ..., circulating_shares: _Optional[int] = ..., hk_shares: _Optional[int] = ..., eps: _Optional[str] = ..., eps_ttm: _Optional[str] = ..., bps: _Optional[str] = ..., dividend_yield: _Optional[str] = ..., stock_derivatives: _Optional[_Iterable[int]] = ..., board: _Optional[str] = ...) -> None: ...

class SecurityStaticInfoResponse(_message.Message):
    __slots__ = ("secu_static_info",)
    SECU_STATIC_INFO_FIELD_NUMBER: _ClassVar[int]
    secu_static_info: _containers.RepeatedCompositeFieldContainer[StaticInfo]
    def __init__(self, secu_static_info: _Optional[_Iterable[_Union[StaticInfo, _Mapping]]] = ...) -> None: ...

class Line(_message.Message):
    __slots__ = ("price", "timestamp", "volume", "turnover", "avg_price")
    PRICE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    TURNOVER_FIELD_NUMBER: _ClassVar[int]
    AVG_PRICE_FIELD_NUMBER: _ClassVar[int]
    price: str
    timestamp: int
    volume: int
    turnover: str
    avg_price: str
    def __init__(self, price: _Optional[str] = ..., timestamp: _Optional[int] = ..., volume: _Optional[int] = ..., turnover: _Optional[str] = ..., avg_price: _Optional[str] = ...) -> None: ...

class SecurityIntradayRequest(_message.Message):
    __slots__ = ("symbol", "trade_session")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TRADE_SESSION_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    trade_session: int
    def __init__(self, symbol: _Optional[str] = ..., trade_session: _Optional[int] = ...) -> None: ...

class SecurityIntradayResponse(_message.Message):
    __slots__ = ("symbol", "lines")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    lines: _containers.RepeatedCompositeFieldContainer[Line]
    def __init__(self, symbol: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[Line, _Mapping]]] = ...) -> None: ...

class SecurityCandlestickRequest(_message.Message):
    __slots__ = ("symbol", "period", "count", "adjust_type", "trade_session")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    ADJUST_TYPE_FIELD_NUMBER: _ClassVar[int]
    TRADE_SESSION_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    period: Period
    count: int
    adjust_type: AdjustType
    trade_session: int
    def __init__(self, symbol: _Optional[str] = ..., period: _Optional[_Union[Period, str]] = ..., count: _Optional[int] = ..., adjust_type: _Optional[_Union[AdjustType, str]] = ..., trade_session: _Optional[int] = ...) -> None: ...

class Candlestick(_message.Message):
    __slots__ = ("close", "open", "low", "high", "volume", "turnover", "timestamp", "trade_session")
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    TURNOVER_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    TRADE_SESSION_FIELD_NUMBER: _ClassVar[int]
    close: str
    open: str
    low: str
    high: str
    volume: int
    turnover: str
    timestamp: int
    trade_session: TradeSession
    def __init__(self, close: _Optional[str] = ..., open: _Optional[str] = ..., low: _Optional[str] = ..., high: _Optional[str] = ..., volume: _Optional[int] = ..., turnover: _Optional[str] = ..., timestamp: _Optional[int] = ..., trade_session: _Optional[_Union[TradeSession, str]] = ...) -> None: ...

class SecurityCandlestickResponse(_message.Message):
    __slots__ = ("symbol", "candlesticks")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    CANDLESTICKS_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    candlesticks: _containers.RepeatedCompositeFieldContainer[Candlestick]
    def __init__(self, symbol: _Optional[str] = ..., candlesticks: _Optional[_Iterable[_Union[Candlestick, _Mapping]]] = ...) -> None: ...

class SecurityHistoryCandlestickRequest(_message.Message):
    __slots__ = ("symbol", "period", "adjust_type", "query_type", "offset_request", "date_request", "trade_session")
    class QueryType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        QUERY_UNKNOWN: _ClassVar[SecurityHistoryCandlestickRequest.QueryType]
        QUERY_BY_OFFSET: _ClassVar[SecurityHistoryCandlestickRequest.QueryType]
        QUERY_BY_DATE: _ClassVar[SecurityHistoryCandlestickRequest.QueryType]
    QUERY_UNKNOWN: SecurityHistoryCandlestickRequest.QueryType
    QUERY_BY_OFFSET: SecurityHistoryCandlestickRequest.QueryType
    QUERY_BY_DATE: SecurityHistoryCandlestickRequest.QueryType
    class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        BACKWARD: _ClassVar[SecurityHistoryCandlestickRequest.Direction]
        FORWARD: _ClassVar[SecurityHistoryCandlestickRequest.Direction]
    BACKWARD: SecurityHistoryCandlestickRequest.Direction
    FORWARD: SecurityHistoryCandlestickRequest.Direction
    class OffsetQuery(_message.Message):
        __slots__ = ("direction", "date", "minute", "count")
        DIRECTION_FIELD_NUMBER: _ClassVar[int]
        DATE_FIELD_NUMBER: _ClassVar[int]
        MINUTE_FIELD_NUMBER: _ClassVar[int]
        COUNT_FIELD_NUMBER: _ClassVar[int]
        direction: SecurityHistoryCandlestickRequest.Direction
        date: str
        minute: str
        count: int
        def __init__(self, direction: _Optional[_Union[SecurityHistoryCandlestickRequest.Direction, str]] = ..., date: _Optional[str] = ..., minute: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...
    class DateQuery(_message.Message):
        __slots__ = ("start_date", "end_date")
        START_DATE_FIELD_NUMBER: _ClassVar[int]
        END_DATE_FIELD_NUMBER: _ClassVar[int]
        start_date: str
        end_date: str
        def __init__(self, start_date: _Optional[str] = ..., end_date: _Optional[str] = ...) -> None: ...
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    ADJUST_TYPE_FIELD_NUMBER: _ClassVar[int]
    QUERY_TYPE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_REQUEST_FIELD_NUMBER: _ClassVar[int]
    DATE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    TRADE_SESSION_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    period: Period
    adjust_type: AdjustType
    query_type: SecurityHistoryCandlestickRequest.QueryType
    offset_request: SecurityHistoryCandlestickRequest.OffsetQuery
    date_request: SecurityHistoryCandlestickRequest.DateQuery
    trade_session: int
    def __init__(self, symbol: _Optional[str] = ..., period: _Optional[_Union[Period, str]] = ..., adjust_type: _Optional[_Union[AdjustType, str]] = ..., query_type: _Optional[_Union[SecurityHistoryCandlestickRequest.QueryType, str]] = ..., offset_request: _Optional[_Union[SecurityHistoryCandlestickRequest.OffsetQuery, _Mapping]] = ..., date_request: _Optional[_Union[SecurityHistoryCandlestickRequest.DateQuery, _Mapping]] = ..., trade_session: _Optional[int] = ...) -> None: ...

class TradePeriod(_message.Message):
    __slots__ = ("beg_time", "end_time", "trade_session")
    BEG_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TRADE_SESSION_FIELD_NUMBER: _ClassVar[int]
    beg_time: int
    end_time: int
    trade_session: TradeSession
    def __init__(self, beg_time: _Optional[int] = ..., end_time: _Optional[int] = ..., trade_session: _Optional[_Union[TradeSession, str]] = ...) -> None: ...

class MarketTradePeriod(_message.Message):
    __slots__ = ("market", "trade_session")
    MARKET_FIELD_NUMBER: _ClassVar[int]
    TRADE_SESSION_FIELD_NUMBER: _ClassVar[int]
    market: str
    trade_session: _containers.RepeatedCompositeFieldContainer[TradePeriod]
    def __init__(self, market: _Optional[str] = ..., trade_session: _Optional[_Iterable[_Union[TradePeriod, _Mapping]]] = ...) -> None: ...

class MarketTradePeriodResponse(_message.Message):
    __slots__ = ("market_trade_session",)
    MARKET_TRADE_SESSION_FIELD_NUMBER: _ClassVar[int]
    market_trade_session: _containers.RepeatedCompositeFieldContainer[MarketTradePeriod]
    def __init__(self, market_trade_session: _Optional[_Iterable[_Union[MarketTradePeriod, _Mapping]]] = ...) -> None: ...

class MarketTradeDayRequest(_message.Message):
    __slots__ = ("market", "beg_day", "end_day")
    MARKET_FIELD_NUMBER: _ClassVar[int]
    BEG_DAY_FIELD_NUMBER: _ClassVar[int]
    END_DAY_FIELD_NUMBER: _ClassVar[int]
    market: str
    beg_day: str
    end_day: str
    def __init__(self, market: _Optional[str] = ..., beg_day: _Optional[str] = ..., end_day: _Optional[str] = ...) -> None: ...

class MarketTradeDayResponse(_message.Message):
    __slots__ = ("trade_day", "half_trade_day")
    TRADE_DAY_FIELD_NUMBER: _ClassVar[int]
    HALF_TRADE_DAY_FIELD_NUMBER: _ClassVar[int]
    trade_day: _containers.RepeatedScalarFieldContainer[str]
    half_trade_day: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, trade_day: _Optional[_Iterable[str]] = ..., half_trade_day: _Optional[_Iterable[str]] = ...) -> None: ...
