"""All bodies of both gateways, by name: `bodies.PushQuote(symbol="700.HK").SerializeToString()`."""

from typing import Any, Final

from engine.simulator.protobuf import build

_CONTROL: Final = """
Error code=1:u64 msg=2:s
Close code=1:i32 reason=2:s
Heartbeat timestamp=1:i64 heartbeat_id=2:i32
AuthRequest token=1:s metadata=2:%s
AuthResponse session_id=1:s expires=2:i64 limit=3:u32 online=4:u32
ReconnectRequest session_id=1:s metadata=2:%s
ReconnectResponse session_id=1:s expires=2:i64 limit=3:u32 online=4:u32
Sub topics=1:*s
SubFail topic=1:s reason=2:s
SubResponse success=1:*s fail=2:*SubFail current=3:*s
Unsub topics=1:*s
UnsubResponse current=3:*s
Notification topic=1:s content_type=2:i32 dispatch_type=3:i32 data=4:y
"""

_MARKET: Final = """
SecurityRequest symbol=1:s
MultiSecurityRequest symbol=1:*s
UserQuoteProfileRequest language=1:s
UserQuoteProfileResponse member_id=1:i64 quote_level=2:s subscribe_limit=3:i32 history_candlestick_limit=4:i32 rate_limit=5:*RateLimit quote_level_detail=6:UserQuoteLevelDetail
RateLimit command=1:i32 limit=2:i32 burst=3:i32
UserQuoteLevelDetail by_package_key=1:%PackageDetail by_market_code=2:%MarketPackageDetail
PackageDetail key=1:s name=2:s description=4:s start=5:i64 end=6:i64
MarketPackageDetail packages=1:*PackageDetail warning_msg=4:s
SubscriptionRequest
SubscribeRequest symbol=1:*s sub_type=2:*i32 is_first_push=3:b
UnsubscribeRequest symbol=1:*s sub_type=2:*i32 unsub_all=3:b
SubscriptionResponse sub_list=1:*SubTypeList
SubTypeList symbol=1:s sub_type=2:*i32
UnsubscribeResponse
PushQuote symbol=1:s sequence=2:i64 last_done=3:s open=4:s high=5:s low=6:s timestamp=7:i64 volume=8:i64 turnover=9:s trade_status=10:i32 trade_session=11:i32 current_volume=12:i64 current_turnover=13:s tag=14:i32
PushDepth symbol=1:s sequence=2:i64 ask=3:*Depth bid=4:*Depth
Depth position=1:i32 price=2:s volume=3:i64 order_num=4:i64
PushBrokers symbol=1:s sequence=2:i64 ask_brokers=3:*Brokers bid_brokers=4:*Brokers
Brokers position=1:i32 broker_ids=2:*i32
PushTrade symbol=1:s sequence=2:i64 trade=3:*Trade
Trade price=1:s volume=2:i64 timestamp=3:i64 trade_type=4:s direction=5:i32 trade_session=6:i32
SecurityDepthResponse symbol=1:s ask=2:*Depth bid=3:*Depth
SecurityBrokersResponse symbol=1:s ask_brokers=2:*Brokers bid_brokers=3:*Brokers
SecurityTradeRequest symbol=1:s count=2:i32
SecurityTradeResponse symbol=1:s trades=2:*Trade
SecurityQuoteResponse secu_quote=1:*SecurityQuote
SecurityQuote symbol=1:s last_done=2:s prev_close=3:s open=4:s high=5:s low=6:s timestamp=7:i64 volume=8:i64 turnover=9:s trade_status=10:i32 pre_market_quote=11:PrePostQuote post_market_quote=12:PrePostQuote over_night_quote=13:PrePostQuote
PrePostQuote last_done=1:s timestamp=2:i64 volume=3:i64 turnover=4:s high=5:s low=6:s prev_close=7:s
SecurityStaticInfoResponse secu_static_info=1:*StaticInfo
StaticInfo symbol=1:s name_cn=2:s name_en=3:s name_hk=4:s listing_date=5:s exchange=6:s currency=7:s lot_size=8:i32 total_shares=9:i64 circulating_shares=10:i64 hk_shares=11:i64 eps=12:s eps_ttm=13:s bps=14:s dividend_yield=15:s stock_derivatives=16:*i32 board=17:s
OptionQuoteResponse secu_quote=1:*OptionQuote
OptionQuote symbol=1:s last_done=2:s prev_close=3:s open=4:s high=5:s low=6:s timestamp=7:i64 volume=8:i64 turnover=9:s trade_status=10:i32 option_extend=11:OptionExtend
OptionExtend implied_volatility=1:s open_interest=2:i64 expiry_date=3:s strike_price=4:s contract_multiplier=5:s contract_type=6:s contract_size=7:s direction=8:s historical_volatility=9:s underlying_symbol=10:s
WarrantQuoteResponse secu_quote=2:*WarrantQuote
WarrantQuote symbol=1:s last_done=2:s prev_close=3:s open=4:s high=5:s low=6:s timestamp=7:i64 volume=8:i64 turnover=9:s trade_status=10:i32 warrant_extend=11:WarrantExtend
WarrantExtend implied_volatility=1:s expiry_date=2:s last_trade_date=3:s outstanding_ratio=4:s outstanding_qty=5:i64 conversion_ratio=6:s category=7:s strike_price=8:s upper_strike_price=9:s lower_strike_price=10:s call_price=11:s underlying_symbol=12:s
ParticipantBrokerIdsResponse participant_broker_numbers=1:*ParticipantInfo
ParticipantInfo broker_ids=1:*i32 participant_name_cn=2:s participant_name_en=3:s participant_name_hk=4:s
SecurityIntradayRequest symbol=1:s trade_session=2:i32
SecurityIntradayResponse symbol=1:s lines=2:*Line
Line price=1:s timestamp=2:i64 volume=3:i64 turnover=4:s avg_price=5:s
SecurityCandlestickRequest symbol=1:s period=2:i32 count=3:i32 adjust_type=4:i32 trade_session=5:i32
SecurityCandlestickResponse symbol=1:s candlesticks=2:*Candlestick
Candlestick close=1:s open=2:s low=3:s high=4:s volume=5:i64 turnover=6:s timestamp=7:i64 trade_session=8:i32
SecurityHistoryCandlestickRequest symbol=1:s period=2:i32 adjust_type=3:i32 query_type=4:i32 offset_request=5:OffsetQuery date_request=6:DateQuery trade_session=7:i32
OffsetQuery direction=1:i32 date=2:s minute=3:s count=4:i32
DateQuery start_date=1:s end_date=2:s
MarketTradePeriodResponse market_trade_session=1:*MarketTradePeriod
MarketTradePeriod market=1:s trade_session=2:*TradePeriod
TradePeriod beg_time=1:i32 end_time=2:i32 trade_session=3:i32
MarketTradeDayRequest market=1:s beg_day=2:s end_day=3:s
MarketTradeDayResponse trade_day=1:*s half_trade_day=2:*s
OptionChainDateListResponse expiry_date=1:*s
OptionChainDateStrikeInfoRequest symbol=1:s expiry_date=2:s
OptionChainDateStrikeInfoResponse strike_price_info=1:*StrikePriceInfo
StrikePriceInfo price=1:s call_symbol=2:s put_symbol=3:s standard=4:b
IssuerInfoResponse issuer_info=1:*IssuerInfo
IssuerInfo id=1:i32 name_cn=2:s name_en=3:s name_hk=4:s
WarrantFilterListRequest symbol=1:s filter_config=2:FilterConfig language=3:i32
FilterConfig sort_by=1:i32 sort_order=2:i32 sort_offset=3:i32 sort_count=4:i32 type=5:*i32 issuer=6:*i32 expiry_date=7:*i32 price_type=8:*i32 status=9:*i32
WarrantFilterListResponse warrant_list=1:*FilterWarrant total_count=2:i32
FilterWarrant symbol=1:s name=2:s last_done=3:s change_rate=4:s change_val=5:s volume=6:i64 turnover=7:s expiry_date=8:s strike_price=9:s upper_strike_price=10:s lower_strike_price=11:s outstanding_qty=12:s outstanding_ratio=13:s premium=14:s itm_otm=15:s implied_volatility=16:s delta=17:s call_price=18:s to_call_price=19:s effective_leverage=20:s leverage_ratio=21:s conversion_ratio=22:s balance_point=23:s status=24:i32 type=25:i32
CapitalFlowIntradayRequest symbol=1:s
CapitalFlowIntradayResponse symbol=1:s capital_flow_lines=2:*CapitalFlowLine
CapitalFlowLine inflow=1:s timestamp=2:i64
CapitalDistributionResponse symbol=1:s timestamp=2:i64 capital_in=3:CapitalDistribution capital_out=4:CapitalDistribution
CapitalDistribution large=1:s medium=2:s small=3:s
SecurityCalcQuoteRequest symbols=1:*s calc_index=2:*i32
SecurityCalcQuoteResponse security_calc_index=1:*SecurityCalcIndex
SecurityCalcIndex symbol=1:s last_done=2:s change_val=3:s change_rate=4:s volume=5:i64 turnover=6:s ytd_change_rate=7:s turnover_rate=8:s total_market_value=9:s capital_flow=10:s amplitude=11:s volume_ratio=12:s pe_ttm_ratio=13:s pb_ratio=14:s dividend_ratio_ttm=15:s five_day_change_rate=16:s ten_day_change_rate=17:s half_year_change_rate=18:s five_minutes_change_rate=19:s expiry_date=20:s strike_price=21:s upper_strike_price=22:s lower_strike_price=23:s outstanding_qty=24:i64 outstanding_ratio=25:s premium=26:s itm_otm=27:s implied_volatility=28:s warrant_delta=29:s call_price=30:s to_call_price=31:s effective_leverage=32:s leverage_ratio=33:s conversion_ratio=34:s balance_point=35:s open_interest=36:i64 delta=37:s gamma=38:s theta=39:s vega=40:s rho=41:s
"""

_CLASSES: Final[dict[str, Any]] = build("simulated", _CONTROL + _MARKET)


def __getattr__(name: str) -> Any:
    """The class of the named message."""
    try:
        return _CLASSES[name]
    except KeyError:
        raise AttributeError(name) from None
