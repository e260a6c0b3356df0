import datetime

from actors.venues.t4.proto import enums_pb2 as _enums_pb2
from actors.venues.t4.proto import price_pb2 as _price_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OrderActivation(_message.Message):
    __slots__ = ("submit_time", "submit_delay_ms", "cancel_time", "cancel_delay_ms", "activation_cancel_time", "activation_cancel_delay_ms", "mode", "price", "volume", "bid_offer", "implied", "queue_submit")
    SUBMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_DELAY_MS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_TIME_FIELD_NUMBER: _ClassVar[int]
    CANCEL_DELAY_MS_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_CANCEL_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_CANCEL_DELAY_MS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    BID_OFFER_FIELD_NUMBER: _ClassVar[int]
    IMPLIED_FIELD_NUMBER: _ClassVar[int]
    QUEUE_SUBMIT_FIELD_NUMBER: _ClassVar[int]
    submit_time: _timestamp_pb2.Timestamp
    submit_delay_ms: int
    cancel_time: _timestamp_pb2.Timestamp
    cancel_delay_ms: int
    activation_cancel_time: _timestamp_pb2.Timestamp
    activation_cancel_delay_ms: int
    mode: _enums_pb2.MarketMode
    price: _price_pb2.Price
    volume: int
    bid_offer: _enums_pb2.BidOffer
    implied: bool
    queue_submit: bool
    def __init__(self, submit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., submit_delay_ms: _Optional[int] = ..., cancel_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cancel_delay_ms: _Optional[int] = ..., activation_cancel_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., activation_cancel_delay_ms: _Optional[int] = ..., mode: _Optional[_Union[_enums_pb2.MarketMode, str]] = ..., price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., volume: _Optional[int] = ..., bid_offer: _Optional[_Union[_enums_pb2.BidOffer, str]] = ..., implied: _Optional[bool] = ..., queue_submit: _Optional[bool] = ...) -> None: ...

class OrderSubmit(_message.Message):
    __slots__ = ("user_id", "account_id", "market_id", "order_link", "manual_order_indicator", "orders")
    class Order(_message.Message):
        __slots__ = ("buy_sell", "price_type", "time_type", "volume", "max_show", "max_volume", "limit_price", "stop_price", "trail_distance", "tag", "activation_type", "activation_data")
        BUY_SELL_FIELD_NUMBER: _ClassVar[int]
        PRICE_TYPE_FIELD_NUMBER: _ClassVar[int]
        TIME_TYPE_FIELD_NUMBER: _ClassVar[int]
        VOLUME_FIELD_NUMBER: _ClassVar[int]
        MAX_SHOW_FIELD_NUMBER: _ClassVar[int]
        MAX_VOLUME_FIELD_NUMBER: _ClassVar[int]
        LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
        STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
        TRAIL_DISTANCE_FIELD_NUMBER: _ClassVar[int]
        TAG_FIELD_NUMBER: _ClassVar[int]
        ACTIVATION_TYPE_FIELD_NUMBER: _ClassVar[int]
        ACTIVATION_DATA_FIELD_NUMBER: _ClassVar[int]
        buy_sell: _enums_pb2.BuySell
        price_type: _enums_pb2.PriceType
        time_type: _enums_pb2.TimeType
        volume: int
        max_show: int
        max_volume: int
        limit_price: _price_pb2.Price
        stop_price: _price_pb2.Price
        trail_distance: _price_pb2.Price
        tag: str
        activation_type: _enums_pb2.ActivationType
        activation_data: OrderActivation
        def __init__(self, buy_sell: _Optional[_Union[_enums_pb2.BuySell, str]] = ..., price_type: _Optional[_Union[_enums_pb2.PriceType, str]] = ..., time_type: _Optional[_Union[_enums_pb2.TimeType, str]] = ..., volume: _Optional[int] = ..., max_show: _Optional[int] = ..., max_volume: _Optional[int] = ..., limit_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., stop_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., trail_distance: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., tag: _Optional[str] = ..., activation_type: _Optional[_Union[_enums_pb2.ActivationType, str]] = ..., activation_data: _Optional[_Union[OrderActivation, _Mapping]] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_LINK_FIELD_NUMBER: _ClassVar[int]
    MANUAL_ORDER_INDICATOR_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    account_id: str
    market_id: str
    order_link: _enums_pb2.OrderLink
    manual_order_indicator: bool
    orders: _containers.RepeatedCompositeFieldContainer[OrderSubmit.Order]
    def __init__(self, user_id: _Optional[str] = ..., account_id: _Optional[str] = ..., market_id: _Optional[str] = ..., order_link: _Optional[_Union[_enums_pb2.OrderLink, str]] = ..., manual_order_indicator: _Optional[bool] = ..., orders: _Optional[_Iterable[_Union[OrderSubmit.Order, _Mapping]]] = ...) -> None: ...

class OrderBatch(_message.Message):
    __slots__ = ("batch_id", "submissions")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    SUBMISSIONS_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    submissions: _containers.RepeatedCompositeFieldContainer[OrderSubmit]
    def __init__(self, batch_id: _Optional[str] = ..., submissions: _Optional[_Iterable[_Union[OrderSubmit, _Mapping]]] = ...) -> None: ...

class OrderRevise(_message.Message):
    __slots__ = ("user_id", "account_id", "market_id", "manual_order_indicator", "revisions")
    class Revise(_message.Message):
        __slots__ = ("unique_id", "volume", "max_show", "max_volume", "limit_price", "stop_price", "trail_price", "tag", "activation_data")
        UNIQUE_ID_FIELD_NUMBER: _ClassVar[int]
        VOLUME_FIELD_NUMBER: _ClassVar[int]
        MAX_SHOW_FIELD_NUMBER: _ClassVar[int]
        MAX_VOLUME_FIELD_NUMBER: _ClassVar[int]
        LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
        STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
        TRAIL_PRICE_FIELD_NUMBER: _ClassVar[int]
        TAG_FIELD_NUMBER: _ClassVar[int]
        ACTIVATION_DATA_FIELD_NUMBER: _ClassVar[int]
        unique_id: str
        volume: int
        max_show: int
        max_volume: int
        limit_price: _price_pb2.Price
        stop_price: _price_pb2.Price
        trail_price: _price_pb2.Price
        tag: str
        activation_data: OrderActivation
        def __init__(self, unique_id: _Optional[str] = ..., volume: _Optional[int] = ..., max_show: _Optional[int] = ..., max_volume: _Optional[int] = ..., limit_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., stop_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., trail_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., tag: _Optional[str] = ..., activation_data: _Optional[_Union[OrderActivation, _Mapping]] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    MANUAL_ORDER_INDICATOR_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    account_id: str
    market_id: str
    manual_order_indicator: bool
    revisions: _containers.RepeatedCompositeFieldContainer[OrderRevise.Revise]
    def __init__(self, user_id: _Optional[str] = ..., account_id: _Optional[str] = ..., market_id: _Optional[str] = ..., manual_order_indicator: _Optional[bool] = ..., revisions: _Optional[_Iterable[_Union[OrderRevise.Revise, _Mapping]]] = ...) -> None: ...

class OrderPull(_message.Message):
    __slots__ = ("user_id", "account_id", "market_id", "manual_order_indicator", "pulls")
    class Pull(_message.Message):
        __slots__ = ("unique_id", "tag")
        UNIQUE_ID_FIELD_NUMBER: _ClassVar[int]
        TAG_FIELD_NUMBER: _ClassVar[int]
        unique_id: str
        tag: str
        def __init__(self, unique_id: _Optional[str] = ..., tag: _Optional[str] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    MANUAL_ORDER_INDICATOR_FIELD_NUMBER: _ClassVar[int]
    PULLS_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    account_id: str
    market_id: str
    manual_order_indicator: bool
    pulls: _containers.RepeatedCompositeFieldContainer[OrderPull.Pull]
    def __init__(self, user_id: _Optional[str] = ..., account_id: _Optional[str] = ..., market_id: _Optional[str] = ..., manual_order_indicator: _Optional[bool] = ..., pulls: _Optional[_Iterable[_Union[OrderPull.Pull, _Mapping]]] = ...) -> None: ...

class CreateUDS(_message.Message):
    __slots__ = ("request_id", "user_id", "account_id", "strategy_type", "legs")
    class Leg(_message.Message):
        __slots__ = ("exchange_id", "contract_id", "market_id", "buy_sell", "volume", "price", "delta")
        EXCHANGE_ID_FIELD_NUMBER: _ClassVar[int]
        CONTRACT_ID_FIELD_NUMBER: _ClassVar[int]
        MARKET_ID_FIELD_NUMBER: _ClassVar[int]
        BUY_SELL_FIELD_NUMBER: _ClassVar[int]
        VOLUME_FIELD_NUMBER: _ClassVar[int]
        PRICE_FIELD_NUMBER: _ClassVar[int]
        DELTA_FIELD_NUMBER: _ClassVar[int]
        exchange_id: str
        contract_id: str
        market_id: str
        buy_sell: _enums_pb2.BuySell
        volume: int
        price: _price_pb2.Price
        delta: _price_pb2.Decimal
        def __init__(self, exchange_id: _Optional[str] = ..., contract_id: _Optional[str] = ..., market_id: _Optional[str] = ..., buy_sell: _Optional[_Union[_enums_pb2.BuySell, str]] = ..., volume: _Optional[int] = ..., price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., delta: _Optional[_Union[_price_pb2.Decimal, _Mapping]] = ...) -> None: ...
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_TYPE_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    user_id: str
    account_id: str
    strategy_type: _enums_pb2.StrategyType
    legs: _containers.RepeatedCompositeFieldContainer[CreateUDS.Leg]
    def __init__(self, request_id: _Optional[str] = ..., user_id: _Optional[str] = ..., account_id: _Optional[str] = ..., strategy_type: _Optional[_Union[_enums_pb2.StrategyType, str]] = ..., legs: _Optional[_Iterable[_Union[CreateUDS.Leg, _Mapping]]] = ...) -> None: ...

class OrderUpdateFailed(_message.Message):
    __slots__ = ("unique_id", "account_id", "market_id", "time", "exchange_time", "change", "status", "status_detail", "response_pending", "tag_cl_ord_id", "sequence_order")
    UNIQUE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STATUS_DETAIL_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_PENDING_FIELD_NUMBER: _ClassVar[int]
    TAG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_ORDER_FIELD_NUMBER: _ClassVar[int]
    unique_id: str
    account_id: str
    market_id: str
    time: _timestamp_pb2.Timestamp
    exchange_time: _timestamp_pb2.Timestamp
    change: _enums_pb2.OrderChange
    status: _enums_pb2.OrderStatus
    status_detail: str
    response_pending: _enums_pb2.ResponsePending
    tag_cl_ord_id: str
    sequence_order: int
    def __init__(self, unique_id: _Optional[str] = ..., account_id: _Optional[str] = ..., market_id: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change: _Optional[_Union[_enums_pb2.OrderChange, str]] = ..., status: _Optional[_Union[_enums_pb2.OrderStatus, str]] = ..., status_detail: _Optional[str] = ..., response_pending: _Optional[_Union[_enums_pb2.ResponsePending, str]] = ..., tag_cl_ord_id: _Optional[str] = ..., sequence_order: _Optional[int] = ...) -> None: ...

class OrderUpdateStatus(_message.Message):
    __slots__ = ("unique_id", "account_id", "market_id", "time", "exchange_time", "change", "status", "status_detail", "response_pending", "exchange_order_id", "current_volume", "current_limit_price", "current_stop_price", "price_type", "time_type", "working_volume", "executing_login_id", "activation_type", "trail_price", "current_max_show", "user_id", "user_name", "user_address", "session_id", "app_id", "app_name", "routing_user_id", "routing_user_name", "new_volume", "new_limit_price", "new_stop_price", "new_max_show", "tag", "tag_cl_ord_id", "tag_orig_cl_ord_id", "smp_id", "exchange_login_id", "exchange_location", "ats_regulatory_id", "max_volume", "sequence_order", "authorized_trader_id", "instruction_extra", "app_type", "activation_details")
    class InstructionExtraEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    UNIQUE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STATUS_DETAIL_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_PENDING_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENT_VOLUME_FIELD_NUMBER: _ClassVar[int]
    CURRENT_LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    PRICE_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_TYPE_FIELD_NUMBER: _ClassVar[int]
    WORKING_VOLUME_FIELD_NUMBER: _ClassVar[int]
    EXECUTING_LOGIN_ID_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    TRAIL_PRICE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_MAX_SHOW_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    USER_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    APP_ID_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    ROUTING_USER_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTING_USER_NAME_FIELD_NUMBER: _ClassVar[int]
    NEW_VOLUME_FIELD_NUMBER: _ClassVar[int]
    NEW_LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    NEW_STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    NEW_MAX_SHOW_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    TAG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    TAG_ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    SMP_ID_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_LOGIN_ID_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_LOCATION_FIELD_NUMBER: _ClassVar[int]
    ATS_REGULATORY_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_VOLUME_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_ORDER_FIELD_NUMBER: _ClassVar[int]
    AUTHORIZED_TRADER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTION_EXTRA_FIELD_NUMBER: _ClassVar[int]
    APP_TYPE_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_DETAILS_FIELD_NUMBER: _ClassVar[int]
    unique_id: str
    account_id: str
    market_id: str
    time: _timestamp_pb2.Timestamp
    exchange_time: _timestamp_pb2.Timestamp
    change: _enums_pb2.OrderChange
    status: _enums_pb2.OrderStatus
    status_detail: str
    response_pending: _enums_pb2.ResponsePending
    exchange_order_id: str
    current_volume: int
    current_limit_price: _price_pb2.Price
    current_stop_price: _price_pb2.Price
    price_type: _enums_pb2.PriceType
    time_type: _enums_pb2.TimeType
    working_volume: int
    executing_login_id: str
    activation_type: _enums_pb2.ActivationType
    trail_price: _price_pb2.Price
    current_max_show: int
    user_id: str
    user_name: str
    user_address: str
    session_id: str
    app_id: str
    app_name: str
    routing_user_id: str
    routing_user_name: str
    new_volume: int
    new_limit_price: _price_pb2.Price
    new_stop_price: _price_pb2.Price
    new_max_show: int
    tag: str
    tag_cl_ord_id: str
    tag_orig_cl_ord_id: str
    smp_id: str
    exchange_login_id: str
    exchange_location: str
    ats_regulatory_id: str
    max_volume: int
    sequence_order: int
    authorized_trader_id: str
    instruction_extra: _containers.ScalarMap[str, str]
    app_type: _enums_pb2.ApplicationType
    activation_details: str
    def __init__(self, unique_id: _Optional[str] = ..., account_id: _Optional[str] = ..., market_id: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change: _Optional[_Union[_enums_pb2.OrderChange, str]] = ..., status: _Optional[_Union[_enums_pb2.OrderStatus, str]] = ..., status_detail: _Optional[str] = ..., response_pending: _Optional[_Union[_enums_pb2.ResponsePending, str]] = ..., exchange_order_id: _Optional[str] = ..., current_volume: _Optional[int] = ..., current_limit_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., current_stop_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., price_type: _Optional[_Union[_enums_pb2.PriceType, str]] = ..., time_type: _Optional[_Union[_enums_pb2.TimeType, str]] = ..., working_volume: _Optional[int] = ..., executing_login_id: _Optional[str] = ..., activation_type: _Optional[_Union[_enums_pb2.ActivationType, str]] = ..., trail_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., current_max_show: _Optional[int] = ..., user_id: _Optional[str] = ..., user_name: _Optional[str] = ..., user_address: _Optional[str] = ..., session_id: _Optional[str] = ..., app_id: _Optional[str] = ..., app_name: _Optional[str] = ..., routing_user_id: _Optional[str] = ..., routing_user_name: _Optional[str] = ..., new_volume: _Optional[int] = ..., new_limit_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., new_stop_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., new_max_show: _Optional[int] = ..., tag: _Optional[str] = ..., tag_cl_ord_id: _Optional[str] = ..., tag_orig_cl_ord_id: _Optional[str] = ..., smp_id: _Optional[str] = ..., exchange_login_id: _Optional[str] = ..., exchange_location: _Optional[str] = ..., ats_regulatory_id: _Optional[str] = ..., max_volume: _Optional[int] = ..., sequence_order: _Optional[int] = ..., authorized_trader_id: _Optional[str] = ..., instruction_extra: _Optional[_Mapping[str, str]] = ..., app_type: _Optional[_Union[_enums_pb2.ApplicationType, str]] = ..., activation_details: _Optional[str] = ...) -> None: ...

class OrderUpdateTrade(_message.Message):
    __slots__ = ("unique_id", "account_id", "market_id", "time", "exchange_time", "change", "status", "status_detail", "response_pending", "total_fill_volume", "working_volume", "volume", "price", "residual_volume", "exchange_trade_id", "contra_trader", "contra_broker", "trade_date", "sequence_order")
    UNIQUE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STATUS_DETAIL_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_PENDING_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FILL_VOLUME_FIELD_NUMBER: _ClassVar[int]
    WORKING_VOLUME_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_VOLUME_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTRA_TRADER_FIELD_NUMBER: _ClassVar[int]
    CONTRA_BROKER_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_ORDER_FIELD_NUMBER: _ClassVar[int]
    unique_id: str
    account_id: str
    market_id: str
    time: _timestamp_pb2.Timestamp
    exchange_time: _timestamp_pb2.Timestamp
    change: _enums_pb2.OrderChange
    status: _enums_pb2.OrderStatus
    status_detail: str
    response_pending: _enums_pb2.ResponsePending
    total_fill_volume: int
    working_volume: int
    volume: int
    price: _price_pb2.Price
    residual_volume: int
    exchange_trade_id: str
    contra_trader: str
    contra_broker: str
    trade_date: int
    sequence_order: int
    def __init__(self, unique_id: _Optional[str] = ..., account_id: _Optional[str] = ..., market_id: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change: _Optional[_Union[_enums_pb2.OrderChange, str]] = ..., status: _Optional[_Union[_enums_pb2.OrderStatus, str]] = ..., status_detail: _Optional[str] = ..., response_pending: _Optional[_Union[_enums_pb2.ResponsePending, str]] = ..., total_fill_volume: _Optional[int] = ..., working_volume: _Optional[int] = ..., volume: _Optional[int] = ..., price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., residual_volume: _Optional[int] = ..., exchange_trade_id: _Optional[str] = ..., contra_trader: _Optional[str] = ..., contra_broker: _Optional[str] = ..., trade_date: _Optional[int] = ..., sequence_order: _Optional[int] = ...) -> None: ...

class OrderUpdateTradeLeg(_message.Message):
    __slots__ = ("unique_id", "account_id", "market_id", "time", "exchange_time", "change", "status", "status_detail", "response_pending", "leg_index", "volume", "price", "exchange_trade_id", "contra_trader", "contra_broker", "residual_volume", "trade_date", "sequence_order")
    UNIQUE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STATUS_DETAIL_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_PENDING_FIELD_NUMBER: _ClassVar[int]
    LEG_INDEX_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTRA_TRADER_FIELD_NUMBER: _ClassVar[int]
    CONTRA_BROKER_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_VOLUME_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_ORDER_FIELD_NUMBER: _ClassVar[int]
    unique_id: str
    account_id: str
    market_id: str
    time: _timestamp_pb2.Timestamp
    exchange_time: _timestamp_pb2.Timestamp
    change: _enums_pb2.OrderChange
    status: _enums_pb2.OrderStatus
    status_detail: str
    response_pending: _enums_pb2.ResponsePending
    leg_index: int
    volume: int
    price: _price_pb2.Price
    exchange_trade_id: str
    contra_trader: str
    contra_broker: str
    residual_volume: int
    trade_date: int
    sequence_order: int
    def __init__(self, unique_id: _Optional[str] = ..., account_id: _Optional[str] = ..., market_id: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change: _Optional[_Union[_enums_pb2.OrderChange, str]] = ..., status: _Optional[_Union[_enums_pb2.OrderStatus, str]] = ..., status_detail: _Optional[str] = ..., response_pending: _Optional[_Union[_enums_pb2.ResponsePending, str]] = ..., leg_index: _Optional[int] = ..., volume: _Optional[int] = ..., price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., exchange_trade_id: _Optional[str] = ..., contra_trader: _Optional[str] = ..., contra_broker: _Optional[str] = ..., residual_volume: _Optional[int] = ..., trade_date: _Optional[int] = ..., sequence_order: _Optional[int] = ...) -> None: ...

class OrderUpdate(_message.Message):
    __slots__ = ("unique_id", "account_id", "market_id", "time", "exchange_time", "change", "status", "status_detail", "response_pending", "exchange_order_id", "submit_time", "trade_date", "exchange_id", "exchange_login_id", "executing_login_id", "exchange_location", "user_id", "user_name", "user_address", "session_id", "app_id", "app_name", "buy_sell", "price_type", "time_type", "current_volume", "current_limit_price", "current_stop_price", "new_volume", "new_limit_price", "new_stop_price", "open_close", "account_number", "cti", "origin", "account_code", "member_allocation", "trader_allocation", "customer_reference", "cust_order_handling_inst", "avg_price_indicator", "avg_price_group_id", "clearing_trade_price_type", "billing_fee", "omnibus_account", "executing_group_id", "tag", "total_fill_volume", "working_volume", "exchange_total_fill_volume", "trail_price", "trail_revision_interval", "trail_revision_change", "order_link", "orders_linked", "activation_type", "primary_user", "current_max_show", "new_max_show", "routing_user_id", "routing_user_name", "order_source", "order_source_method", "app_type", "master_type", "tag_cl_ord_id", "tag_orig_cl_ord_id", "tag_relation_id", "smp_id", "sequence_order", "ats_regulatory_id", "max_volume", "authorized_trader_id", "instruction_extra", "receive_time", "activation_details", "trades", "trade_legs")
    class Trade(_message.Message):
        __slots__ = ("sequence_order", "volume", "price", "residual_volume", "time", "exchange_trade_id", "exchange_time", "contra_trader", "contra_broker", "trade_date")
        SEQUENCE_ORDER_FIELD_NUMBER: _ClassVar[int]
        VOLUME_FIELD_NUMBER: _ClassVar[int]
        PRICE_FIELD_NUMBER: _ClassVar[int]
        RESIDUAL_VOLUME_FIELD_NUMBER: _ClassVar[int]
        TIME_FIELD_NUMBER: _ClassVar[int]
        EXCHANGE_TRADE_ID_FIELD_NUMBER: _ClassVar[int]
        EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
        CONTRA_TRADER_FIELD_NUMBER: _ClassVar[int]
        CONTRA_BROKER_FIELD_NUMBER: _ClassVar[int]
        TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
        sequence_order: int
        volume: int
        price: _price_pb2.Price
        residual_volume: int
        time: _timestamp_pb2.Timestamp
        exchange_trade_id: str
        exchange_time: _timestamp_pb2.Timestamp
        contra_trader: str
        contra_broker: str
        trade_date: int
        def __init__(self, sequence_order: _Optional[int] = ..., volume: _Optional[int] = ..., price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., residual_volume: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., exchange_trade_id: _Optional[str] = ..., exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., contra_trader: _Optional[str] = ..., contra_broker: _Optional[str] = ..., trade_date: _Optional[int] = ...) -> None: ...
    class TradeLeg(_message.Message):
        __slots__ = ("sequence_order", "leg_index", "volume", "price", "time", "exchange_trade_id", "exchange_time", "contra_trader", "contra_broker", "residual_volume", "trade_date")
        SEQUENCE_ORDER_FIELD_NUMBER: _ClassVar[int]
        LEG_INDEX_FIELD_NUMBER: _ClassVar[int]
        VOLUME_FIELD_NUMBER: _ClassVar[int]
        PRICE_FIELD_NUMBER: _ClassVar[int]
        TIME_FIELD_NUMBER: _ClassVar[int]
        EXCHANGE_TRADE_ID_FIELD_NUMBER: _ClassVar[int]
        EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
        CONTRA_TRADER_FIELD_NUMBER: _ClassVar[int]
        CONTRA_BROKER_FIELD_NUMBER: _ClassVar[int]
        RESIDUAL_VOLUME_FIELD_NUMBER: _ClassVar[int]
        TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
        sequence_order: int
        leg_index: int
        volume: int
        price: _price_pb2.Price
        time: _timestamp_pb2.Timestamp
        exchange_trade_id: str
        exchange_time: _timestamp_pb2.Timestamp
        contra_trader: str
        contra_broker: str
        residual_volume: int
        trade_date: int
        def __init__(self, sequence_order: _Optional[int] = ..., leg_index: _Optional[int] = ..., volume: _Optional[int] = ..., price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., exchange_trade_id: _Optional[str] = ..., exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., contra_trader: _Optional[str] = ..., contra_broker: _Optional[str] = ..., residual_volume: _Optional[int] = ..., trade_date: _Optional[int] = ...) -> None: ...
    class InstructionExtraEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    UNIQUE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STATUS_DETAIL_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_PENDING_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_ID_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_LOGIN_ID_FIELD_NUMBER: _ClassVar[int]
    EXECUTING_LOGIN_ID_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_LOCATION_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    USER_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    APP_ID_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    BUY_SELL_FIELD_NUMBER: _ClassVar[int]
    PRICE_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_TYPE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_VOLUME_FIELD_NUMBER: _ClassVar[int]
    CURRENT_LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    NEW_VOLUME_FIELD_NUMBER: _ClassVar[int]
    NEW_LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    NEW_STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    OPEN_CLOSE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CTI_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_CODE_FIELD_NUMBER: _ClassVar[int]
    MEMBER_ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    TRADER_ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CUST_ORDER_HANDLING_INST_FIELD_NUMBER: _ClassVar[int]
    AVG_PRICE_INDICATOR_FIELD_NUMBER: _ClassVar[int]
    AVG_PRICE_GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    CLEARING_TRADE_PRICE_TYPE_FIELD_NUMBER: _ClassVar[int]
    BILLING_FEE_FIELD_NUMBER: _ClassVar[int]
    OMNIBUS_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    EXECUTING_GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FILL_VOLUME_FIELD_NUMBER: _ClassVar[int]
    WORKING_VOLUME_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TOTAL_FILL_VOLUME_FIELD_NUMBER: _ClassVar[int]
    TRAIL_PRICE_FIELD_NUMBER: _ClassVar[int]
    TRAIL_REVISION_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    TRAIL_REVISION_CHANGE_FIELD_NUMBER: _ClassVar[int]
    ORDER_LINK_FIELD_NUMBER: _ClassVar[int]
    ORDERS_LINKED_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    PRIMARY_USER_FIELD_NUMBER: _ClassVar[int]
    CURRENT_MAX_SHOW_FIELD_NUMBER: _ClassVar[int]
    NEW_MAX_SHOW_FIELD_NUMBER: _ClassVar[int]
    ROUTING_USER_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTING_USER_NAME_FIELD_NUMBER: _ClassVar[int]
    ORDER_SOURCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_SOURCE_METHOD_FIELD_NUMBER: _ClassVar[int]
    APP_TYPE_FIELD_NUMBER: _ClassVar[int]
    MASTER_TYPE_FIELD_NUMBER: _ClassVar[int]
    TAG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    TAG_ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    TAG_RELATION_ID_FIELD_NUMBER: _ClassVar[int]
    SMP_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_ORDER_FIELD_NUMBER: _ClassVar[int]
    ATS_REGULATORY_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_VOLUME_FIELD_NUMBER: _ClassVar[int]
    AUTHORIZED_TRADER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTION_EXTRA_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_DETAILS_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    TRADE_LEGS_FIELD_NUMBER: _ClassVar[int]
    unique_id: str
    account_id: str
    market_id: str
    time: _timestamp_pb2.Timestamp
    exchange_time: _timestamp_pb2.Timestamp
    change: _enums_pb2.OrderChange
    status: _enums_pb2.OrderStatus
    status_detail: str
    response_pending: _enums_pb2.ResponsePending
    exchange_order_id: str
    submit_time: _timestamp_pb2.Timestamp
    trade_date: int
    exchange_id: str
    exchange_login_id: str
    executing_login_id: str
    exchange_location: str
    user_id: str
    user_name: str
    user_address: str
    session_id: str
    app_id: str
    app_name: str
    buy_sell: _enums_pb2.BuySell
    price_type: _enums_pb2.PriceType
    time_type: _enums_pb2.TimeType
    current_volume: int
    current_limit_price: _price_pb2.Price
    current_stop_price: _price_pb2.Price
    new_volume: int
    new_limit_price: _price_pb2.Price
    new_stop_price: _price_pb2.Price
    open_close: _enums_pb2.OpenClose
    account_number: str
    cti: _enums_pb2.CTI
    origin: _enums_pb2.Origin
    account_code: _enums_pb2.AccountCode
    member_allocation: str
    trader_allocation: str
    customer_reference: str
    cust_order_handling_inst: _enums_pb2.CustOrderHandlingInstType
    avg_price_indicator: _enums_pb2.AvgPriceIndicatorType
    avg_price_group_id: str
    clearing_trade_price_type: _enums_pb2.ClearingTradePriceType
    billing_fee: _enums_pb2.BillingFee
    omnibus_account: str
    executing_group_id: str
    tag: str
    total_fill_volume: int
    working_volume: int
    exchange_total_fill_volume: int
    trail_price: _price_pb2.Price
    trail_revision_interval: int
    trail_revision_change: int
    order_link: _enums_pb2.OrderLink
    orders_linked: str
    activation_type: _enums_pb2.ActivationType
    primary_user: _enums_pb2.PrimaryUserType
    current_max_show: int
    new_max_show: int
    routing_user_id: str
    routing_user_name: str
    order_source: _enums_pb2.OrderSource
    order_source_method: _enums_pb2.OrderSourceMethod
    app_type: _enums_pb2.ApplicationType
    master_type: _enums_pb2.MasterType
    tag_cl_ord_id: str
    tag_orig_cl_ord_id: str
    tag_relation_id: str
    smp_id: str
    sequence_order: int
    ats_regulatory_id: str
    max_volume: int
    authorized_trader_id: str
    instruction_extra: _containers.ScalarMap[str, str]
    receive_time: _timestamp_pb2.Timestamp
    activation_details: str
    trades: _containers.RepeatedCompositeFieldContainer[OrderUpdate.Trade]
    trade_legs: _containers.RepeatedCompositeFieldContainer[OrderUpdate.TradeLeg]
    def __init__(self, unique_id: _Optional[str] = ..., account_id: _Optional[str] = ..., market_id: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change: _Optional[_Union[_enums_pb2.OrderChange, str]] = ..., status: _Optional[_Union[_enums_pb2.OrderStatus, str]] = ..., status_detail: _Optional[str] = ..., response_pending: _Optional[_Union[_enums_pb2.ResponsePending, str]] = ..., exchange_order_id: _Optional[str] = ..., submit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., trade_date: _Optional[int] = ..., exchange_id: _Optional[str] = ..., exchange_login_id: _Optional[str] = ..., executing_login_id: _Optional[str] = ..., exchange_location: _Optional[str] = ..., user_id: _Optional[str] = ..., user_name: _Optional[str] = ..., user_address: _Optional[str] = ..., session_id: _Optional[str] = ..., app_id: _Optional[str] = ..., app_name: _Optional[str] = ..., buy_sell: _Optional[_Union[_enums_pb2.BuySell, str]] = ..., price_type: _Optional[_Union[_enums_pb2.PriceType, str]] = ..., time_type: _Optional[_Union[_enums_pb2.TimeType, str]] = ..., current_volume: _Optional[int] = ..., current_limit_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., current_stop_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., new_volume: _Optional[int] = ..., new_limit_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., new_stop_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., open_close: _Optional[_Union[_enums_pb2.OpenClose, str]] = ..., account_number: _Optional[str] = ..., cti: _Optional[_Union[_enums_pb2.CTI, str]] = ..., origin: _Optional[_Union[_enums_pb2.Origin, str]] = ..., account_code: _Optional[_Union[_enums_pb2.AccountCode, str]] = ..., member_allocation: _Optional[str] = ..., trader_allocation: _Optional[str] = ..., customer_reference: _Optional[str] = ..., cust_order_handling_inst: _Optional[_Union[_enums_pb2.CustOrderHandlingInstType, str]] = ..., avg_price_indicator: _Optional[_Union[_enums_pb2.AvgPriceIndicatorType, str]] = ..., avg_price_group_id: _Optional[str] = ..., clearing_trade_price_type: _Optional[_Union[_enums_pb2.ClearingTradePriceType, str]] = ..., billing_fee: _Optional[_Union[_enums_pb2.BillingFee, str]] = ..., omnibus_account: _Optional[str] = ..., executing_group_id: _Optional[str] = ..., tag: _Optional[str] = ..., total_fill_volume: _Optional[int] = ..., working_volume: _Optional[int] = ..., exchange_total_fill_volume: _Optional[int] = ..., trail_price: _Optional[_Union[_price_pb2.Price, _Mapping]] = ..., trail_revision_interval: _Optional[int] = ..., trail_revision_change: _Optional[int] = ..., order_link: _Optional[_Union[_enums_pb2.OrderLink, str]] = ..., orders_linked: _Optional[str] = ..., activation_type: _Optional[_Union[_enums_pb2.ActivationType, str]] = ..., primary_user: _Optional[_Union[_enums_pb2.PrimaryUserType, str]] = ..., current_max_show: _Optional[int] = ..., new_max_show: _Optional[int] = ..., routing_user_id: _Optional[str] = ..., routing_user_name: _Optional[str] = ..., order_source: _Optional[_Union[_enums_pb2.OrderSource, str]] = ..., order_source_method: _Optional[_Union[_enums_pb2.OrderSourceMethod, str]] = ..., app_type: _Optional[_Union[_enums_pb2.ApplicationType, str]] = ..., master_type: _Optional[_Union[_enums_pb2.MasterType, str]] = ..., tag_cl_ord_id: _Optional[str] = ..., tag_orig_cl_ord_id: _Optional[str] = ..., tag_relation_id: _Optional[str] = ..., smp_id: _Optional[str] = ..., sequence_order: _Optional[int] = ..., ats_regulatory_id: _Optional[str] = ..., max_volume: _Optional[int] = ..., authorized_trader_id: _Optional[str] = ..., instruction_extra: _Optional[_Mapping[str, str]] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., activation_details: _Optional[str] = ..., trades: _Optional[_Iterable[_Union[OrderUpdate.Trade, _Mapping]]] = ..., trade_legs: _Optional[_Iterable[_Union[OrderUpdate.TradeLeg, _Mapping]]] = ...) -> None: ...

class OrderUpdateMultiMessage(_message.Message):
    __slots__ = ("order_update", "order_update_failed", "order_update_status", "order_update_trade", "order_update_trade_leg")
    ORDER_UPDATE_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_FAILED_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_STATUS_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_TRADE_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_TRADE_LEG_FIELD_NUMBER: _ClassVar[int]
    order_update: OrderUpdate
    order_update_failed: OrderUpdateFailed
    order_update_status: OrderUpdateStatus
    order_update_trade: OrderUpdateTrade
    order_update_trade_leg: OrderUpdateTradeLeg
    def __init__(self, order_update: _Optional[_Union[OrderUpdate, _Mapping]] = ..., order_update_failed: _Optional[_Union[OrderUpdateFailed, _Mapping]] = ..., order_update_status: _Optional[_Union[OrderUpdateStatus, _Mapping]] = ..., order_update_trade: _Optional[_Union[OrderUpdateTrade, _Mapping]] = ..., order_update_trade_leg: _Optional[_Union[OrderUpdateTradeLeg, _Mapping]] = ...) -> None: ...

class OrderUpdateMulti(_message.Message):
    __slots__ = ("market_id", "account_id", "historical", "updates")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    HISTORICAL_FIELD_NUMBER: _ClassVar[int]
    UPDATES_FIELD_NUMBER: _ClassVar[int]
    market_id: str
    account_id: str
    historical: bool
    updates: _containers.RepeatedCompositeFieldContainer[OrderUpdateMultiMessage]
    def __init__(self, market_id: _Optional[str] = ..., account_id: _Optional[str] = ..., historical: _Optional[bool] = ..., updates: _Optional[_Iterable[_Union[OrderUpdateMultiMessage, _Mapping]]] = ...) -> None: ...

class OrderBatchAcknowledge(_message.Message):
    __slots__ = ("batch_id", "accepted")
    class Accepted(_message.Message):
        __slots__ = ("account_id", "market_id", "unique_id")
        ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
        MARKET_ID_FIELD_NUMBER: _ClassVar[int]
        UNIQUE_ID_FIELD_NUMBER: _ClassVar[int]
        account_id: str
        market_id: str
        unique_id: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, account_id: _Optional[str] = ..., market_id: _Optional[str] = ..., unique_id: _Optional[_Iterable[str]] = ...) -> None: ...
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    accepted: _containers.RepeatedCompositeFieldContainer[OrderBatchAcknowledge.Accepted]
    def __init__(self, batch_id: _Optional[str] = ..., accepted: _Optional[_Iterable[_Union[OrderBatchAcknowledge.Accepted, _Mapping]]] = ...) -> None: ...

class OrderBatchReject(_message.Message):
    __slots__ = ("batch_id", "reason", "errors")
    class OrderError(_message.Message):
        __slots__ = ("submission_index", "order_index", "account_id", "market_id", "reason")
        SUBMISSION_INDEX_FIELD_NUMBER: _ClassVar[int]
        ORDER_INDEX_FIELD_NUMBER: _ClassVar[int]
        ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
        MARKET_ID_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        submission_index: int
        order_index: int
        account_id: str
        market_id: str
        reason: str
        def __init__(self, submission_index: _Optional[int] = ..., order_index: _Optional[int] = ..., account_id: _Optional[str] = ..., market_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    reason: str
    errors: _containers.RepeatedCompositeFieldContainer[OrderBatchReject.OrderError]
    def __init__(self, batch_id: _Optional[str] = ..., reason: _Optional[str] = ..., errors: _Optional[_Iterable[_Union[OrderBatchReject.OrderError, _Mapping]]] = ...) -> None: ...

class CreateUDSResponse(_message.Message):
    __slots__ = ("request_id", "status_detail", "MarketRef", "uds_status")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_DETAIL_FIELD_NUMBER: _ClassVar[int]
    MARKETREF_FIELD_NUMBER: _ClassVar[int]
    UDS_STATUS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    status_detail: str
    MarketRef: str
    uds_status: _enums_pb2.UDSStatus
    def __init__(self, request_id: _Optional[str] = ..., status_detail: _Optional[str] = ..., MarketRef: _Optional[str] = ..., uds_status: _Optional[_Union[_enums_pb2.UDSStatus, str]] = ...) -> None: ...
