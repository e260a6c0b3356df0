import datetime

from actors.venues.t4.proto import enums_pb2 as _enums_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LoginRequest(_message.Message):
    __slots__ = ("api_key", "firm", "username", "password", "app_name", "app_license", "price_format")
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    FIRM_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_LICENSE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    api_key: str
    firm: str
    username: str
    password: str
    app_name: str
    app_license: str
    price_format: _enums_pb2.PriceFormat
    def __init__(self, api_key: _Optional[str] = ..., firm: _Optional[str] = ..., username: _Optional[str] = ..., password: _Optional[str] = ..., app_name: _Optional[str] = ..., app_license: _Optional[str] = ..., price_format: _Optional[_Union[_enums_pb2.PriceFormat, str]] = ...) -> None: ...

class LoginResponse(_message.Message):
    __slots__ = ("result", "session_id", "user_id", "firm_id", "roles", "error_message", "exchanges", "accounts", "authentication_token", "firm", "username", "brand_name", "server_name")
    class Exchange(_message.Message):
        __slots__ = ("exchange_id", "user_id", "market_data_type", "has_executing_account", "primary_user_id", "secondary_user_id", "location", "smp_id", "extra_detail")
        class ExtraDetailEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: str
            def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
        EXCHANGE_ID_FIELD_NUMBER: _ClassVar[int]
        USER_ID_FIELD_NUMBER: _ClassVar[int]
        MARKET_DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
        HAS_EXECUTING_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
        PRIMARY_USER_ID_FIELD_NUMBER: _ClassVar[int]
        SECONDARY_USER_ID_FIELD_NUMBER: _ClassVar[int]
        LOCATION_FIELD_NUMBER: _ClassVar[int]
        SMP_ID_FIELD_NUMBER: _ClassVar[int]
        EXTRA_DETAIL_FIELD_NUMBER: _ClassVar[int]
        exchange_id: str
        user_id: str
        market_data_type: _enums_pb2.MarketDataType
        has_executing_account: bool
        primary_user_id: str
        secondary_user_id: str
        location: str
        smp_id: str
        extra_detail: _containers.ScalarMap[str, str]
        def __init__(self, exchange_id: _Optional[str] = ..., user_id: _Optional[str] = ..., market_data_type: _Optional[_Union[_enums_pb2.MarketDataType, str]] = ..., has_executing_account: _Optional[bool] = ..., primary_user_id: _Optional[str] = ..., secondary_user_id: _Optional[str] = ..., location: _Optional[str] = ..., smp_id: _Optional[str] = ..., extra_detail: _Optional[_Mapping[str, str]] = ...) -> None: ...
    class Account(_message.Message):
        __slots__ = ("account_id", "account_number", "account_name", "display_name", "mode")
        ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
        ACCOUNT_NUMBER_FIELD_NUMBER: _ClassVar[int]
        ACCOUNT_NAME_FIELD_NUMBER: _ClassVar[int]
        DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
        MODE_FIELD_NUMBER: _ClassVar[int]
        account_id: str
        account_number: str
        account_name: str
        display_name: str
        mode: _enums_pb2.AccountMode
        def __init__(self, account_id: _Optional[str] = ..., account_number: _Optional[str] = ..., account_name: _Optional[str] = ..., display_name: _Optional[str] = ..., mode: _Optional[_Union[_enums_pb2.AccountMode, str]] = ...) -> None: ...
    RESULT_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    FIRM_ID_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    ERROR_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    EXCHANGES_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FIRM_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    BRAND_NAME_FIELD_NUMBER: _ClassVar[int]
    SERVER_NAME_FIELD_NUMBER: _ClassVar[int]
    result: _enums_pb2.LoginResult
    session_id: str
    user_id: str
    firm_id: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    error_message: str
    exchanges: _containers.RepeatedCompositeFieldContainer[LoginResponse.Exchange]
    accounts: _containers.RepeatedCompositeFieldContainer[LoginResponse.Account]
    authentication_token: AuthenticationToken
    firm: str
    username: str
    brand_name: str
    server_name: str
    def __init__(self, result: _Optional[_Union[_enums_pb2.LoginResult, str]] = ..., session_id: _Optional[str] = ..., user_id: _Optional[str] = ..., firm_id: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., error_message: _Optional[str] = ..., exchanges: _Optional[_Iterable[_Union[LoginResponse.Exchange, _Mapping]]] = ..., accounts: _Optional[_Iterable[_Union[LoginResponse.Account, _Mapping]]] = ..., authentication_token: _Optional[_Union[AuthenticationToken, _Mapping]] = ..., firm: _Optional[str] = ..., username: _Optional[str] = ..., brand_name: _Optional[str] = ..., server_name: _Optional[str] = ...) -> None: ...

class AuthenticationTokenRequest(_message.Message):
    __slots__ = ("request_id",)
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    def __init__(self, request_id: _Optional[str] = ...) -> None: ...

class AuthenticationToken(_message.Message):
    __slots__ = ("request_id", "token", "expire_time", "fail_message")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    FAIL_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    token: str
    expire_time: _timestamp_pb2.Timestamp
    fail_message: str
    def __init__(self, request_id: _Optional[str] = ..., token: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., fail_message: _Optional[str] = ...) -> None: ...
