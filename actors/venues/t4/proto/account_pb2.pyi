import datetime

from actors.venues.t4.proto import enums_pb2 as _enums_pb2
from actors.venues.t4.proto import market_pb2 as _market_pb2
from actors.venues.t4.proto import orderrouting_pb2 as _orderrouting_pb2
from actors.venues.t4.proto import price_pb2 as _price_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AccountSubscribe(_message.Message):
    __slots__ = ("subscribe", "subscribe_all_accounts", "account_id", "upl_mode")
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBE_ALL_ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    UPL_MODE_FIELD_NUMBER: _ClassVar[int]
    subscribe: _enums_pb2.AccountSubscribeType
    subscribe_all_accounts: bool
    account_id: _containers.RepeatedScalarFieldContainer[str]
    upl_mode: _enums_pb2.UPLMode
    def __init__(self, subscribe: _Optional[_Union[_enums_pb2.AccountSubscribeType, str]] = ..., subscribe_all_accounts: _Optional[bool] = ..., account_id: _Optional[_Iterable[str]] = ..., upl_mode: _Optional[_Union[_enums_pb2.UPLMode, str]] = ...) -> None: ...

class AccountSubscribeResponse(_message.Message):
    __slots__ = ("success", "errors")
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    success: bool
    errors: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, success: _Optional[bool] = ..., errors: _Optional[_Iterable[str]] = ...) -> None: ...

class AccountCurrency(_message.Message):
    __slots__ = ("currency", "rate", "import_factor")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    IMPORT_FACTOR_FIELD_NUMBER: _ClassVar[int]
    currency: str
    rate: float
    import_factor: float
    def __init__(self, currency: _Optional[str] = ..., rate: _Optional[float] = ..., import_factor: _Optional[float] = ...) -> None: ...

class AccountPosition(_message.Message):
    __slots__ = ("account_id", "exchange_id", "contract_id", "market_id", "buys", "sells", "working_buys", "working_sells", "rpl", "overnight_upl", "margin", "mp", "overnight_position", "currency_rate", "trade_date", "premium", "total_open_volume", "fees_and_commissions", "long_mp", "short_mp", "prev_position", "prev_margin", "prev_rpl", "prev_upl", "day_buys", "day_sells", "average_open_price", "total_open_price", "total_buy_fill_price", "total_sell_fill_price", "day_total_buy_fill_price", "day_total_sell_fill_price", "total_overnight_price", "risk_status", "margin_time", "alerting_margin", "alerting_time", "day_margin", "full_margin", "pre_trade_margin")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    BUYS_FIELD_NUMBER: _ClassVar[int]
    SELLS_FIELD_NUMBER: _ClassVar[int]
    WORKING_BUYS_FIELD_NUMBER: _ClassVar[int]
    WORKING_SELLS_FIELD_NUMBER: _ClassVar[int]
    RPL_FIELD_NUMBER: _ClassVar[int]
    OVERNIGHT_UPL_FIELD_NUMBER: _ClassVar[int]
    MARGIN_FIELD_NUMBER: _ClassVar[int]
    MP_FIELD_NUMBER: _ClassVar[int]
    OVERNIGHT_POSITION_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_RATE_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    PREMIUM_FIELD_NUMBER: _ClassVar[int]
    TOTAL_OPEN_VOLUME_FIELD_NUMBER: _ClassVar[int]
    FEES_AND_COMMISSIONS_FIELD_NUMBER: _ClassVar[int]
    LONG_MP_FIELD_NUMBER: _ClassVar[int]
    SHORT_MP_FIELD_NUMBER: _ClassVar[int]
    PREV_POSITION_FIELD_NUMBER: _ClassVar[int]
    PREV_MARGIN_FIELD_NUMBER: _ClassVar[int]
    PREV_RPL_FIELD_NUMBER: _ClassVar[int]
    PREV_UPL_FIELD_NUMBER: _ClassVar[int]
    DAY_BUYS_FIELD_NUMBER: _ClassVar[int]
    DAY_SELLS_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_OPEN_PRICE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_OPEN_PRICE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BUY_FILL_PRICE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SELL_FILL_PRICE_FIELD_NUMBER: _ClassVar[int]
    DAY_TOTAL_BUY_FILL_PRICE_FIELD_NUMBER: _ClassVar[int]
    DAY_TOTAL_SELL_FILL_PRICE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_OVERNIGHT_PRICE_FIELD_NUMBER: _ClassVar[int]
    RISK_STATUS_FIELD_NUMBER: _ClassVar[int]
    MARGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    ALERTING_MARGIN_FIELD_NUMBER: _ClassVar[int]
    ALERTING_TIME_FIELD_NUMBER: _ClassVar[int]
    DAY_MARGIN_FIELD_NUMBER: _ClassVar[int]
    FULL_MARGIN_FIELD_NUMBER: _ClassVar[int]
    PRE_TRADE_MARGIN_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    exchange_id: str
    contract_id: str
    market_id: str
    buys: int
    sells: int
    working_buys: int
    working_sells: int
    rpl: float
    overnight_upl: float
    margin: float
    mp: float
    overnight_position: int
    currency_rate: float
    trade_date: _timestamp_pb2.Timestamp
    premium: float
    total_open_volume: int
    fees_and_commissions: float
    long_mp: float
    short_mp: float
    prev_position: int
    prev_margin: float
    prev_rpl: float
    prev_upl: float
    day_buys: int
    day_sells: int
    average_open_price: _price_pb2.Price
    total_open_price: _price_pb2.Price
    total_buy_fill_price: _price_pb2.Price
    total_sell_fill_price: _price_pb2.Price
    day_total_buy_fill_price: _price_pb2.Price
    day_total_sell_fill_price: _price_pb2.Price
    total_overnight_price: _price_pb2.Price
    risk_status: _enums_pb2.ContractRiskStatus
    margin_time: _timestamp_pb2.Timestamp
    alerting_margin: float
    alerting_time: _timestamp_pb2.Timestamp
    day_margin: float
    full_margin: float
    pre_trade_margin: float
    def __init__(self, account_id: _Optional[str] = ..., exchange_id: _Optional[str] = ..., contract_id: _Optional[str] = ..., market_id: _Optional[str] = ..., buys: _Optional[int] = ..., sells: _Optional[int] = ..., working_buys: _Optional[int] = ..., working_sells: _Optional[int] = ..., rpl: _Optional[float] = ..., overnight_upl: _Optional[float] = ..., margin: _Optional[float] = ..., mp: _Optional[float] = ..., overnight_position: _Optional[int] = ..., currency_rate: _Optional[float] = ..., trade_date: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., premium: _Optional[float] = ..., total_open_volume: _Optional[int] = ..., fees_and_commissions: _Optional[float] = ..., long_mp: _Optional[float] = ..., short_mp: _Optional[float] = ..., prev_position: _Optional[int] = ..., prev_margin: _Optional[float] = ..., prev_rpl: _Optional[float] = ..., prev_upl: _Optional[float] = ..., day_buys: _Optional[int] = ..., day_sells: _Optional[int] = ..., average_open_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., total_open_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., total_buy_fill_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., total_sell_fill_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., day_total_buy_fill_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., day_total_sell_fill_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., total_overnight_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., risk_status: _Optional[_Union[_enums_pb2.ContractRiskStatus, str]] = ..., margin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., alerting_margin: _Optional[float] = ..., alerting_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., day_margin: _Optional[float] = ..., full_margin: _Optional[float] = ..., pre_trade_margin: _Optional[float] = ...) -> None: ...

class AccountUpdate(_message.Message):
    __slots__ = ("account_id", "status", "balance", "rpl", "overnight_upl", "margin", "day_margin", "full_margin", "base_margin", "alerting_margin", "pre_trade_margin", "mp", "premium", "long_mp", "short_mp", "fees_and_commissions", "prev_margin", "imported_net_liq", "imported_net_liq_date", "prev_imported_net_liq", "prev_imported_net_liq_date", "filled_delta", "working_delta", "margin_time", "alerting_time")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    RPL_FIELD_NUMBER: _ClassVar[int]
    OVERNIGHT_UPL_FIELD_NUMBER: _ClassVar[int]
    MARGIN_FIELD_NUMBER: _ClassVar[int]
    DAY_MARGIN_FIELD_NUMBER: _ClassVar[int]
    FULL_MARGIN_FIELD_NUMBER: _ClassVar[int]
    BASE_MARGIN_FIELD_NUMBER: _ClassVar[int]
    ALERTING_MARGIN_FIELD_NUMBER: _ClassVar[int]
    PRE_TRADE_MARGIN_FIELD_NUMBER: _ClassVar[int]
    MP_FIELD_NUMBER: _ClassVar[int]
    PREMIUM_FIELD_NUMBER: _ClassVar[int]
    LONG_MP_FIELD_NUMBER: _ClassVar[int]
    SHORT_MP_FIELD_NUMBER: _ClassVar[int]
    FEES_AND_COMMISSIONS_FIELD_NUMBER: _ClassVar[int]
    PREV_MARGIN_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_NET_LIQ_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_NET_LIQ_DATE_FIELD_NUMBER: _ClassVar[int]
    PREV_IMPORTED_NET_LIQ_FIELD_NUMBER: _ClassVar[int]
    PREV_IMPORTED_NET_LIQ_DATE_FIELD_NUMBER: _ClassVar[int]
    FILLED_DELTA_FIELD_NUMBER: _ClassVar[int]
    WORKING_DELTA_FIELD_NUMBER: _ClassVar[int]
    MARGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    ALERTING_TIME_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    status: _enums_pb2.AccountStatus
    balance: float
    rpl: float
    overnight_upl: float
    margin: float
    day_margin: float
    full_margin: float
    base_margin: float
    alerting_margin: float
    pre_trade_margin: float
    mp: float
    premium: float
    long_mp: float
    short_mp: float
    fees_and_commissions: float
    prev_margin: float
    imported_net_liq: float
    imported_net_liq_date: _timestamp_pb2.Timestamp
    prev_imported_net_liq: float
    prev_imported_net_liq_date: _timestamp_pb2.Timestamp
    filled_delta: float
    working_delta: float
    margin_time: _timestamp_pb2.Timestamp
    alerting_time: _timestamp_pb2.Timestamp
    def __init__(self, account_id: _Optional[str] = ..., status: _Optional[_Union[_enums_pb2.AccountStatus, str]] = ..., balance: _Optional[float] = ..., rpl: _Optional[float] = ..., overnight_upl: _Optional[float] = ..., margin: _Optional[float] = ..., day_margin: _Optional[float] = ..., full_margin: _Optional[float] = ..., base_margin: _Optional[float] = ..., alerting_margin: _Optional[float] = ..., pre_trade_margin: _Optional[float] = ..., mp: _Optional[float] = ..., premium: _Optional[float] = ..., long_mp: _Optional[float] = ..., short_mp: _Optional[float] = ..., fees_and_commissions: _Optional[float] = ..., prev_margin: _Optional[float] = ..., imported_net_liq: _Optional[float] = ..., imported_net_liq_date: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., prev_imported_net_liq: _Optional[float] = ..., prev_imported_net_liq_date: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., filled_delta: _Optional[float] = ..., working_delta: _Optional[float] = ..., margin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., alerting_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AccountDetails(_message.Message):
    __slots__ = ("account_id", "account_name", "account", "enabled", "deleted", "max_clip_size", "pre_trade_disabled", "position_rollover", "pl_rollover", "firm_id", "min_balance", "margin_pc", "loss_limit", "loss_limit_pc", "overnight_margin_pc", "order_routing", "active_time_start", "active_time_stop", "warning_threshold_pl", "warning_threshold_loss_limit", "warning_threshold_margin", "firm", "mode", "max_account_position", "day_loss_limit", "display_name", "wide_market", "use_pl_for_margin", "margin_type", "risk_details", "price_banding", "day_loss_limit_pc", "options_settlement", "group_name", "use_premium_for_margin", "warning_threshold_min_net_equity")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    MAX_CLIP_SIZE_FIELD_NUMBER: _ClassVar[int]
    PRE_TRADE_DISABLED_FIELD_NUMBER: _ClassVar[int]
    POSITION_ROLLOVER_FIELD_NUMBER: _ClassVar[int]
    PL_ROLLOVER_FIELD_NUMBER: _ClassVar[int]
    FIRM_ID_FIELD_NUMBER: _ClassVar[int]
    MIN_BALANCE_FIELD_NUMBER: _ClassVar[int]
    MARGIN_PC_FIELD_NUMBER: _ClassVar[int]
    LOSS_LIMIT_FIELD_NUMBER: _ClassVar[int]
    LOSS_LIMIT_PC_FIELD_NUMBER: _ClassVar[int]
    OVERNIGHT_MARGIN_PC_FIELD_NUMBER: _ClassVar[int]
    ORDER_ROUTING_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TIME_START_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TIME_STOP_FIELD_NUMBER: _ClassVar[int]
    WARNING_THRESHOLD_PL_FIELD_NUMBER: _ClassVar[int]
    WARNING_THRESHOLD_LOSS_LIMIT_FIELD_NUMBER: _ClassVar[int]
    WARNING_THRESHOLD_MARGIN_FIELD_NUMBER: _ClassVar[int]
    FIRM_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    MAX_ACCOUNT_POSITION_FIELD_NUMBER: _ClassVar[int]
    DAY_LOSS_LIMIT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    WIDE_MARKET_FIELD_NUMBER: _ClassVar[int]
    USE_PL_FOR_MARGIN_FIELD_NUMBER: _ClassVar[int]
    MARGIN_TYPE_FIELD_NUMBER: _ClassVar[int]
    RISK_DETAILS_FIELD_NUMBER: _ClassVar[int]
    PRICE_BANDING_FIELD_NUMBER: _ClassVar[int]
    DAY_LOSS_LIMIT_PC_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    GROUP_NAME_FIELD_NUMBER: _ClassVar[int]
    USE_PREMIUM_FOR_MARGIN_FIELD_NUMBER: _ClassVar[int]
    WARNING_THRESHOLD_MIN_NET_EQUITY_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    account_name: str
    account: str
    enabled: _enums_pb2.AccountEnabled
    deleted: bool
    max_clip_size: int
    pre_trade_disabled: bool
    position_rollover: bool
    pl_rollover: bool
    firm_id: str
    min_balance: float
    margin_pc: int
    loss_limit: float
    loss_limit_pc: int
    overnight_margin_pc: int
    order_routing: bool
    active_time_start: str
    active_time_stop: str
    warning_threshold_pl: int
    warning_threshold_loss_limit: int
    warning_threshold_margin: int
    firm: str
    mode: _enums_pb2.AccountMode
    max_account_position: int
    day_loss_limit: float
    display_name: str
    wide_market: int
    use_pl_for_margin: bool
    margin_type: _enums_pb2.AccountMarginType
    risk_details: str
    price_banding: int
    day_loss_limit_pc: int
    options_settlement: bool
    group_name: str
    use_premium_for_margin: bool
    warning_threshold_min_net_equity: float
    def __init__(self, account_id: _Optional[str] = ..., account_name: _Optional[str] = ..., account: _Optional[str] = ..., enabled: _Optional[_Union[_enums_pb2.AccountEnabled, str]] = ..., deleted: _Optional[bool] = ..., max_clip_size: _Optional[int] = ..., pre_trade_disabled: _Optional[bool] = ..., position_rollover: _Optional[bool] = ..., pl_rollover: _Optional[bool] = ..., firm_id: _Optional[str] = ..., min_balance: _Optional[float] = ..., margin_pc: _Optional[int] = ..., loss_limit: _Optional[float] = ..., loss_limit_pc: _Optional[int] = ..., overnight_margin_pc: _Optional[int] = ..., order_routing: _Optional[bool] = ..., active_time_start: _Optional[str] = ..., active_time_stop: _Optional[str] = ..., warning_threshold_pl: _Optional[int] = ..., warning_threshold_loss_limit: _Optional[int] = ..., warning_threshold_margin: _Optional[int] = ..., firm: _Optional[str] = ..., mode: _Optional[_Union[_enums_pb2.AccountMode, str]] = ..., max_account_position: _Optional[int] = ..., day_loss_limit: _Optional[float] = ..., display_name: _Optional[str] = ..., wide_market: _Optional[int] = ..., use_pl_for_margin: _Optional[bool] = ..., margin_type: _Optional[_Union[_enums_pb2.AccountMarginType, str]] = ..., risk_details: _Optional[str] = ..., price_banding: _Optional[int] = ..., day_loss_limit_pc: _Optional[int] = ..., options_settlement: _Optional[bool] = ..., group_name: _Optional[str] = ..., use_premium_for_margin: _Optional[bool] = ..., warning_threshold_min_net_equity: _Optional[float] = ...) -> None: ...

class AccountSnapshotMessage(_message.Message):
    __slots__ = ("account_position", "account_update", "account_details", "account_currency", "market_details", "order_update_multi")
    ACCOUNT_POSITION_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_UPDATE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_DETAILS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    MARKET_DETAILS_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_MULTI_FIELD_NUMBER: _ClassVar[int]
    account_position: AccountPosition
    account_update: AccountUpdate
    account_details: AccountDetails
    account_currency: AccountCurrency
    market_details: _market_pb2.MarketDetails
    order_update_multi: _orderrouting_pb2.OrderUpdateMulti
    def __init__(self, account_position: _Optional[_Union[AccountPosition, _Mapping]] = ..., account_update: _Optional[_Union[AccountUpdate, _Mapping]] = ..., account_details: _Optional[_Union[AccountDetails, _Mapping]] = ..., account_currency: _Optional[_Union[AccountCurrency, _Mapping]] = ..., market_details: _Optional[_Union[_market_pb2.MarketDetails, _Mapping]] = ..., order_update_multi: _Optional[_Union[_orderrouting_pb2.OrderUpdateMulti, _Mapping]] = ...) -> None: ...

class AccountSnapshot(_message.Message):
    __slots__ = ("account_id", "last_update_requested", "last_update_supplied", "status", "due_to_connection", "messages")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_UPDATE_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    LAST_UPDATE_SUPPLIED_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    DUE_TO_CONNECTION_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    last_update_requested: int
    last_update_supplied: int
    status: _enums_pb2.AccountStatus
    due_to_connection: bool
    messages: _containers.RepeatedCompositeFieldContainer[AccountSnapshotMessage]
    def __init__(self, account_id: _Optional[str] = ..., last_update_requested: _Optional[int] = ..., last_update_supplied: _Optional[int] = ..., status: _Optional[_Union[_enums_pb2.AccountStatus, str]] = ..., due_to_connection: _Optional[bool] = ..., messages: _Optional[_Iterable[_Union[AccountSnapshotMessage, _Mapping]]] = ...) -> None: ...

class AccountProfit(_message.Message):
    __slots__ = ("account_id", "update_time", "upl", "upl_trade", "rpl", "day_upl", "day_upl_trade", "day_rpl", "warning_pl", "warning_loss_limit", "warning_margin", "total_working_orders", "total_working_volume", "is_alerting_live_margin", "is_alerting_full_margin", "available_cash")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPL_FIELD_NUMBER: _ClassVar[int]
    UPL_TRADE_FIELD_NUMBER: _ClassVar[int]
    RPL_FIELD_NUMBER: _ClassVar[int]
    DAY_UPL_FIELD_NUMBER: _ClassVar[int]
    DAY_UPL_TRADE_FIELD_NUMBER: _ClassVar[int]
    DAY_RPL_FIELD_NUMBER: _ClassVar[int]
    WARNING_PL_FIELD_NUMBER: _ClassVar[int]
    WARNING_LOSS_LIMIT_FIELD_NUMBER: _ClassVar[int]
    WARNING_MARGIN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_WORKING_ORDERS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_WORKING_VOLUME_FIELD_NUMBER: _ClassVar[int]
    IS_ALERTING_LIVE_MARGIN_FIELD_NUMBER: _ClassVar[int]
    IS_ALERTING_FULL_MARGIN_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_CASH_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    update_time: _timestamp_pb2.Timestamp
    upl: float
    upl_trade: float
    rpl: float
    day_upl: float
    day_upl_trade: float
    day_rpl: float
    warning_pl: int
    warning_loss_limit: int
    warning_margin: int
    total_working_orders: int
    total_working_volume: int
    is_alerting_live_margin: bool
    is_alerting_full_margin: bool
    available_cash: float
    def __init__(self, account_id: _Optional[str] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., upl: _Optional[float] = ..., upl_trade: _Optional[float] = ..., rpl: _Optional[float] = ..., day_upl: _Optional[float] = ..., day_upl_trade: _Optional[float] = ..., day_rpl: _Optional[float] = ..., warning_pl: _Optional[int] = ..., warning_loss_limit: _Optional[int] = ..., warning_margin: _Optional[int] = ..., total_working_orders: _Optional[int] = ..., total_working_volume: _Optional[int] = ..., is_alerting_live_margin: _Optional[bool] = ..., is_alerting_full_margin: _Optional[bool] = ..., available_cash: _Optional[float] = ...) -> None: ...

class AccountPositionProfit(_message.Message):
    __slots__ = ("account_id", "exchange_id", "contract_id", "market_id", "delayed", "update_time", "is_options", "has_data", "is_implied", "net", "upl", "upl_trade", "rpl", "upl_usd", "upl_trade_usd", "rpl_usd", "day_net", "day_rpl", "day_rpl_usd", "day_upl", "day_upl_trade", "day_upl_usd", "day_upl_trade_usd")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    DELAYED_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    IS_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    HAS_DATA_FIELD_NUMBER: _ClassVar[int]
    IS_IMPLIED_FIELD_NUMBER: _ClassVar[int]
    NET_FIELD_NUMBER: _ClassVar[int]
    UPL_FIELD_NUMBER: _ClassVar[int]
    UPL_TRADE_FIELD_NUMBER: _ClassVar[int]
    RPL_FIELD_NUMBER: _ClassVar[int]
    UPL_USD_FIELD_NUMBER: _ClassVar[int]
    UPL_TRADE_USD_FIELD_NUMBER: _ClassVar[int]
    RPL_USD_FIELD_NUMBER: _ClassVar[int]
    DAY_NET_FIELD_NUMBER: _ClassVar[int]
    DAY_RPL_FIELD_NUMBER: _ClassVar[int]
    DAY_RPL_USD_FIELD_NUMBER: _ClassVar[int]
    DAY_UPL_FIELD_NUMBER: _ClassVar[int]
    DAY_UPL_TRADE_FIELD_NUMBER: _ClassVar[int]
    DAY_UPL_USD_FIELD_NUMBER: _ClassVar[int]
    DAY_UPL_TRADE_USD_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    exchange_id: str
    contract_id: str
    market_id: str
    delayed: bool
    update_time: _timestamp_pb2.Timestamp
    is_options: bool
    has_data: bool
    is_implied: bool
    net: float
    upl: float
    upl_trade: float
    rpl: float
    upl_usd: float
    upl_trade_usd: float
    rpl_usd: float
    day_net: float
    day_rpl: float
    day_rpl_usd: float
    day_upl: float
    day_upl_trade: float
    day_upl_usd: float
    day_upl_trade_usd: float
    def __init__(self, account_id: _Optional[str] = ..., exchange_id: _Optional[str] = ..., contract_id: _Optional[str] = ..., market_id: _Optional[str] = ..., delayed: _Optional[bool] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_options: _Optional[bool] = ..., has_data: _Optional[bool] = ..., is_implied: _Optional[bool] = ..., net: _Optional[float] = ..., upl: _Optional[float] = ..., upl_trade: _Optional[float] = ..., rpl: _Optional[float] = ..., upl_usd: _Optional[float] = ..., upl_trade_usd: _Optional[float] = ..., rpl_usd: _Optional[float] = ..., day_net: _Optional[float] = ..., day_rpl: _Optional[float] = ..., day_rpl_usd: _Optional[float] = ..., day_upl: _Optional[float] = ..., day_upl_trade: _Optional[float] = ..., day_upl_usd: _Optional[float] = ..., day_upl_trade_usd: _Optional[float] = ...) -> None: ...
