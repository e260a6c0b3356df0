from actors.venues.t4.proto import account_pb2 as _account_pb2
from actors.venues.t4.proto import auth_pb2 as _auth_pb2
from actors.venues.t4.proto import market_pb2 as _market_pb2
from actors.venues.t4.proto import orderrouting_pb2 as _orderrouting_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClientMessage(_message.Message):
    __slots__ = ("heartbeat", "login_request", "authentication_token_request", "market_depth_subscribe", "market_by_order_subscribe", "account_subscribe", "order_submit", "order_revise", "order_pull", "order_batch", "create_uds")
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    LOGIN_REQUEST_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATION_TOKEN_REQUEST_FIELD_NUMBER: _ClassVar[int]
    MARKET_DEPTH_SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    MARKET_BY_ORDER_SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    ORDER_SUBMIT_FIELD_NUMBER: _ClassVar[int]
    ORDER_REVISE_FIELD_NUMBER: _ClassVar[int]
    ORDER_PULL_FIELD_NUMBER: _ClassVar[int]
    ORDER_BATCH_FIELD_NUMBER: _ClassVar[int]
    CREATE_UDS_FIELD_NUMBER: _ClassVar[int]
    heartbeat: Heartbeat
    login_request: _auth_pb2.LoginRequest
    authentication_token_request: _auth_pb2.AuthenticationTokenRequest
    market_depth_subscribe: _market_pb2.MarketDepthSubscribe
    market_by_order_subscribe: _market_pb2.MarketByOrderSubscribe
    account_subscribe: _account_pb2.AccountSubscribe
    order_submit: _orderrouting_pb2.OrderSubmit
    order_revise: _orderrouting_pb2.OrderRevise
    order_pull: _orderrouting_pb2.OrderPull
    order_batch: _orderrouting_pb2.OrderBatch
    create_uds: _orderrouting_pb2.CreateUDS
    def __init__(self, heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., login_request: _Optional[_Union[_auth_pb2.LoginRequest, _Mapping]] = ..., authentication_token_request: _Optional[_Union[_auth_pb2.AuthenticationTokenRequest, _Mapping]] = ..., market_depth_subscribe: _Optional[_Union[_market_pb2.MarketDepthSubscribe, _Mapping]] = ..., market_by_order_subscribe: _Optional[_Union[_market_pb2.MarketByOrderSubscribe, _Mapping]] = ..., account_subscribe: _Optional[_Union[_account_pb2.AccountSubscribe, _Mapping]] = ..., order_submit: _Optional[_Union[_orderrouting_pb2.OrderSubmit, _Mapping]] = ..., order_revise: _Optional[_Union[_orderrouting_pb2.OrderRevise, _Mapping]] = ..., order_pull: _Optional[_Union[_orderrouting_pb2.OrderPull, _Mapping]] = ..., order_batch: _Optional[_Union[_orderrouting_pb2.OrderBatch, _Mapping]] = ..., create_uds: _Optional[_Union[_orderrouting_pb2.CreateUDS, _Mapping]] = ...) -> None: ...

class ServerMessage(_message.Message):
    __slots__ = ("heartbeat", "login_response", "authentication_token", "market_depth_subscribe_reject", "market_by_order_subscribe_reject", "market_details", "market_depth", "market_depth_trade", "market_high_low", "market_price_limits", "market_settlement", "market_snapshot", "market_by_order_snapshot", "market_by_order_update", "market_by_order_trade", "account_subscribe_response", "account_currency", "account_position", "account_update", "account_details", "account_snapshot", "account_profit", "account_position_profit", "order_update", "order_update_multi", "order_update_failed", "order_update_status", "order_update_trade", "order_update_trade_leg", "order_batch_acknowledge", "order_batch_reject", "create_uds_response")
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    LOGIN_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MARKET_DEPTH_SUBSCRIBE_REJECT_FIELD_NUMBER: _ClassVar[int]
    MARKET_BY_ORDER_SUBSCRIBE_REJECT_FIELD_NUMBER: _ClassVar[int]
    MARKET_DETAILS_FIELD_NUMBER: _ClassVar[int]
    MARKET_DEPTH_FIELD_NUMBER: _ClassVar[int]
    MARKET_DEPTH_TRADE_FIELD_NUMBER: _ClassVar[int]
    MARKET_HIGH_LOW_FIELD_NUMBER: _ClassVar[int]
    MARKET_PRICE_LIMITS_FIELD_NUMBER: _ClassVar[int]
    MARKET_SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    MARKET_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    MARKET_BY_ORDER_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    MARKET_BY_ORDER_UPDATE_FIELD_NUMBER: _ClassVar[int]
    MARKET_BY_ORDER_TRADE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_SUBSCRIBE_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_POSITION_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_UPDATE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_DETAILS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_PROFIT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_POSITION_PROFIT_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_MULTI_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_FAILED_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_STATUS_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_TRADE_FIELD_NUMBER: _ClassVar[int]
    ORDER_UPDATE_TRADE_LEG_FIELD_NUMBER: _ClassVar[int]
    ORDER_BATCH_ACKNOWLEDGE_FIELD_NUMBER: _ClassVar[int]
    ORDER_BATCH_REJECT_FIELD_NUMBER: _ClassVar[int]
    CREATE_UDS_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    heartbeat: Heartbeat
    login_response: _auth_pb2.LoginResponse
    authentication_token: _auth_pb2.AuthenticationToken
    market_depth_subscribe_reject: _market_pb2.MarketDepthSubscribeReject
    market_by_order_subscribe_reject: _market_pb2.MarketByOrderSubscribeReject
    market_details: _market_pb2.MarketDetails
    market_depth: _market_pb2.MarketDepth
    market_depth_trade: _market_pb2.MarketDepthTrade
    market_high_low: _market_pb2.MarketHighLow
    market_price_limits: _market_pb2.MarketPriceLimits
    market_settlement: _market_pb2.MarketSettlement
    market_snapshot: _market_pb2.MarketSnapshot
    market_by_order_snapshot: _market_pb2.MarketByOrderSnapshot
    market_by_order_update: _market_pb2.MarketByOrderUpdate
    market_by_order_trade: _market_pb2.MarketByOrderTrade
    account_subscribe_response: _account_pb2.AccountSubscribeResponse
    account_currency: _account_pb2.AccountCurrency
    account_position: _account_pb2.AccountPosition
    account_update: _account_pb2.AccountUpdate
    account_details: _account_pb2.AccountDetails
    account_snapshot: _account_pb2.AccountSnapshot
    account_profit: _account_pb2.AccountProfit
    account_position_profit: _account_pb2.AccountPositionProfit
    order_update: _orderrouting_pb2.OrderUpdate
    order_update_multi: _orderrouting_pb2.OrderUpdateMulti
    order_update_failed: _orderrouting_pb2.OrderUpdateFailed
    order_update_status: _orderrouting_pb2.OrderUpdateStatus
    order_update_trade: _orderrouting_pb2.OrderUpdateTrade
    order_update_trade_leg: _orderrouting_pb2.OrderUpdateTradeLeg
    order_batch_acknowledge: _orderrouting_pb2.OrderBatchAcknowledge
    order_batch_reject: _orderrouting_pb2.OrderBatchReject
    create_uds_response: _orderrouting_pb2.CreateUDSResponse
    def __init__(self, heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., login_response: _Optional[_Union[_auth_pb2.LoginResponse, _Mapping]] = ..., authentication_token: _Optional[_Union[_auth_pb2.AuthenticationToken, _Mapping]] = ..., market_depth_subscribe_reject: _Optional[_Union[_market_pb2.MarketDepthSubscribeReject, _Mapping]] = ..., market_by_order_subscribe_reject: _Optional[_Union[_market_pb2.MarketByOrderSubscribeReject, _Mapping]] = ..., market_details: _Optional[_Union[_market_pb2.MarketDetails, _Mapping]] = ..., market_depth: _Optional[_Union[_market_pb2.MarketDepth, _Mapping]] = ..., market_depth_trade: _Optional[_Union[_market_pb2.MarketDepthTrade, _Mapping]] = ..., market_high_low: _Optional[_Union[_market_pb2.MarketHighLow, _Mapping]] = ..., market_price_limits: _Optional[_Union[_market_pb2.MarketPriceLimits, _Mapping]] = ..., market_settlement: _Optional[_Union[_market_pb2.MarketSettlement, _Mapping]] = ..., market_snapshot: _Optional[_Union[_market_pb2.MarketSnapshot, _Mapping]] = ..., market_by_order_snapshot: _Optional[_Union[_market_pb2.MarketByOrderSnapshot, _Mapping]] = ..., market_by_order_update: _Optional[_Union[_market_pb2.MarketByOrderUpdate, _Mapping]] = ..., market_by_order_trade: _Optional[_Union[_market_pb2.MarketByOrderTrade, _Mapping]] = ..., account_subscribe_response: _Optional[_Union[_account_pb2.AccountSubscribeResponse, _Mapping]] = ..., account_currency: _Optional[_Union[_account_pb2.AccountCurrency, _Mapping]] = ..., account_position: _Optional[_Union[_account_pb2.AccountPosition, _Mapping]] = ..., account_update: _Optional[_Union[_account_pb2.AccountUpdate, _Mapping]] = ..., account_details: _Optional[_Union[_account_pb2.AccountDetails, _Mapping]] = ..., account_snapshot: _Optional[_Union[_account_pb2.AccountSnapshot, _Mapping]] = ..., account_profit: _Optional[_Union[_account_pb2.AccountProfit, _Mapping]] = ..., account_position_profit: _Optional[_Union[_account_pb2.AccountPositionProfit, _Mapping]] = ..., order_update: _Optional[_Union[_orderrouting_pb2.OrderUpdate, _Mapping]] = ..., order_update_multi: _Optional[_Union[_orderrouting_pb2.OrderUpdateMulti, _Mapping]] = ..., order_update_failed: _Optional[_Union[_orderrouting_pb2.OrderUpdateFailed, _Mapping]] = ..., order_update_status: _Optional[_Union[_orderrouting_pb2.OrderUpdateStatus, _Mapping]] = ..., order_update_trade: _Optional[_Union[_orderrouting_pb2.OrderUpdateTrade, _Mapping]] = ..., order_update_trade_leg: _Optional[_Union[_orderrouting_pb2.OrderUpdateTradeLeg, _Mapping]] = ..., order_batch_acknowledge: _Optional[_Union[_orderrouting_pb2.OrderBatchAcknowledge, _Mapping]] = ..., order_batch_reject: _Optional[_Union[_orderrouting_pb2.OrderBatchReject, _Mapping]] = ..., create_uds_response: _Optional[_Union[_orderrouting_pb2.CreateUDSResponse, _Mapping]] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("timestamp",)
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    timestamp: int
    def __init__(self, timestamp: _Optional[int] = ...) -> None: ...
