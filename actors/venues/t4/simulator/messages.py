"""All messages of the venue by name, the simulator's own reading of the sheet's tables.

`messages.Heartbeat(timestamp=1).SerializeToString()`. A nested message has its outer one's name before
its own (`MarketDepthTradeData`); the two records in an order's full image are `OrderTradeRecord` and
`OrderTradeLegRecord`, because the joined names are taken.
"""

from typing import Any, Final

from engine.simulator.protobuf import build

_ENVELOPES: Final = """
ClientMessage! heartbeat=1:Heartbeat login_request=2:LoginRequest authentication_token_request=3:AuthenticationTokenRequest market_depth_subscribe=100:MarketDepthSubscribe market_by_order_subscribe=101:MarketByOrderSubscribe account_subscribe=200:AccountSubscribe order_submit=300:OrderSubmit order_revise=301:OrderRevise order_pull=302:OrderPull order_batch=303:OrderBatch create_uds=340:CreateUDS
ServerMessage! heartbeat=1:Heartbeat login_response=2:LoginResponse authentication_token=3:AuthenticationToken market_depth_subscribe_reject=100:MarketDepthSubscribeReject market_by_order_subscribe_reject=101:MarketByOrderSubscribeReject market_details=102:MarketDetails market_depth=103:MarketDepth market_depth_trade=104:MarketDepthTrade market_high_low=105:MarketHighLow market_price_limits=106:MarketPriceLimits market_settlement=107:MarketSettlement market_snapshot=108:MarketSnapshot market_by_order_snapshot=109:MarketByOrderSnapshot market_by_order_update=110:MarketByOrderUpdate market_by_order_trade=111:MarketByOrderTrade account_subscribe_response=200:AccountSubscribeResponse account_currency=201:AccountCurrency account_position=202:AccountPosition account_update=203:AccountUpdate account_details=204:AccountDetails account_snapshot=205:AccountSnapshot account_profit=206:AccountProfit account_position_profit=207:AccountPositionProfit order_update=300:OrderUpdate order_update_multi=301:OrderUpdateMulti order_update_failed=302:OrderUpdateFailed order_update_status=303:OrderUpdateStatus order_update_trade=304:OrderUpdateTrade order_update_trade_leg=305:OrderUpdateTradeLeg order_batch_acknowledge=310:OrderBatchAcknowledge order_batch_reject=311:OrderBatchReject create_uds_response=340:CreateUDSResponse
"""

_SESSION: Final = """
Timestamp seconds=1:i64 nanos=2:i32
Heartbeat timestamp=1:i64
LoginRequest api_key=1:s firm=2:s username=3:s password=4:s app_name=5:s app_license=6:s price_format=10:e
LoginResponse result=1:e session_id=2:s user_id=3:s firm_id=4:s roles=5:*s error_message=6:s exchanges=7:*LoginResponseExchange accounts=8:*LoginResponseAccount authentication_token=9:AuthenticationToken firm=10:s username=11:s brand_name=12:s server_name=13:s
LoginResponseExchange exchange_id=1:s user_id=2:s market_data_type=3:e has_executing_account=4:b primary_user_id=5:s secondary_user_id=6:s location=7:s smp_id=8:s extra_detail=9:%s
LoginResponseAccount account_id=1:s account_number=2:s account_name=3:s display_name=4:s mode=5:e
AuthenticationTokenRequest request_id=1:s
AuthenticationToken request_id=1:s token=2:?s expire_time=3:Timestamp fail_message=4:?s
Decimal value=1:s
Price value=1:s
"""

_MARKET: Final = """
MarketDepthSubscribe exchange_id=1:s contract_id=2:s market_id=3:s buffer=4:e depth_levels=5:e
MarketDepthSubscribeReject market_id=1:s time=2:Timestamp mode=3:e
MarketByOrderSubscribe exchange_id=1:s contract_id=2:s market_id=3:s subscribe=4:b
MarketByOrderSubscribeReject market_id=1:s time=2:Timestamp mode=3:e
MarketDetails market_id=1:s exchange_id=2:s contract_id=3:s expiry_date=4:i32 contract_type=5:e decimals=6:i32 point_value=7:Decimal min_price_increment=8:Price order_types=9:i32 activation_date=10:Timestamp last_trading_date=11:Timestamp last_client_update_time=12:Timestamp delist_date=13:i64 exchange_delist_date=14:i64 market_ref=15:s group=16:s legs=17:*MarketDetailsLegItem details=18:s strategy_type=19:e price_code=20:s real_decimals=21:i32 display_decimals=22:i32 clearing_decimals=23:i32 min_cab_price=24:Price strike_price=25:Price volume_increment=26:i32 strategy_ratio=27:d disabled=28:b underlying_market_id=29:s vtt=30:s maint_intra_margin=31:d maint_margin=32:d maint_vol_scan=33:d
MarketDetailsLegItem market_id=1:s group=2:i32 volume=3:i32 delta=4:s price=5:Price
MarketDepth market_id=1:s depth_levels=2:e depth_buffer=3:e time=4:Timestamp delayed=5:b bids=6:*MarketDepthDepthLine offers=7:*MarketDepthDepthLine implied_bids=8:*MarketDepthDepthLine implied_offers=9:*MarketDepthDepthLine mode=10:e flags=11:e trade_data=12:MarketDepthTradeData
MarketDepthDepthLine price=1:Price volume=2:i32 num_orders=3:i32
MarketDepthTradeData total_traded_volume=1:i32 total_trade_count=2:i32 last_trade_price=3:Price last_trade_volume=4:i32 last_trade_total_volume=5:i32 last_trade_spd_price=6:Price last_trade_spd_volume=7:i32 last_trade_spd_total_volume=8:i32 due_to_spread=9:b at_bid_or_offer=10:e time=11:Timestamp
MarketDepthTrade market_id=1:s time=2:Timestamp total_traded_volume=3:i32 last_trade_volume=4:i32 due_to_spread=5:b at_bid_or_offer=6:e delayed=7:b order_volumes=8:*i32 total_trade_count=9:i32 last_trade_price=10:Price mode=11:e
MarketHighLow market_id=1:s open_price=2:Price high_price=3:Price low_price=4:Price trade_date=5:i64 time=6:Timestamp delayed=7:b
MarketPriceLimits market_id=1:s high_price=2:Price low_price=3:Price time=4:Timestamp delayed=5:b
MarketSettlement exchange_id=1:s market_id=2:s delayed=3:b settlement_price=4:Price settlement_time=5:Timestamp settlement_trade_date=6:Timestamp settlement_held_price=7:s settlement_held_time=8:Timestamp settlement_held_trade_date=9:Timestamp implied_price=10:Price implied_held_price=11:Price implied_time=12:Timestamp open_interest=13:i32 open_interest_time=14:Timestamp open_interest_trade_date=15:Timestamp cleared_volume=16:i32 cleared_volume_time=17:Timestamp cleared_volume_trade_date=18:Timestamp vwap_price=19:Price vwap_time=20:Timestamp vwap_trade_date=21:Timestamp
MarketSnapshotMessage! market_depth=3:MarketDepth market_depth_trade=4:MarketDepthTrade market_high_low=5:MarketHighLow market_price_limits=6:MarketPriceLimits market_settlement=7:MarketSettlement
MarketSnapshot market_id=1:s mode=2:e due_to_connection=3:b delayed=4:b messages=5:*MarketSnapshotMessage
MarketByOrderSnapshot market_id=1:s time=2:Timestamp mode=3:e last_sequence=4:u64 orders=5:*MarketByOrderSnapshotOrder
MarketByOrderSnapshotOrder order_id=1:u64 bid_offer=2:e price=3:Price volume=4:i32 priority=5:u64
MarketByOrderUpdate market_id=1:s time=2:Timestamp mode=3:e sequence=4:u64 updates=5:*MarketByOrderUpdateUpdate
MarketByOrderUpdateUpdate update_type=1:e order_id=2:u64 bid_offer=3:e price=4:Price volume=5:i32 priority=6:u64
MarketByOrderTrade market_id=1:s time=2:Timestamp trade_price=3:Price trade_volume=4:i32 aggressor_side=5:e sequence=6:u64 orders=7:*MarketByOrderTradeOrderDetail
MarketByOrderTradeOrderDetail order_id=1:u64 volume=2:i32 bid_offer=3:e
"""

_TRADE: Final = """
AccountSubscribe subscribe=1:e subscribe_all_accounts=2:b account_id=3:*s upl_mode=4:?e
AccountSubscribeResponse success=1:b errors=2:*s
AccountCurrency currency=1:s rate=2:d import_factor=3:d
AccountPosition account_id=1:s exchange_id=2:s contract_id=3:s market_id=4:s buys=5:i32 sells=6:i32 working_buys=7:i32 working_sells=8:i32 rpl=9:d overnight_upl=10:d margin=11:d mp=12:d overnight_position=13:i32 currency_rate=14:d trade_date=15:Timestamp premium=16:d total_open_volume=17:i32 fees_and_commissions=18:d long_mp=19:d short_mp=20:d prev_position=21:i32 prev_margin=22:d prev_rpl=23:d prev_upl=24:d day_buys=25:i32 day_sells=26:i32 average_open_price=27:Price total_open_price=28:Price total_buy_fill_price=29:Price total_sell_fill_price=30:Price day_total_buy_fill_price=31:Price day_total_sell_fill_price=32:Price total_overnight_price=33:Price risk_status=34:e margin_time=35:Timestamp alerting_margin=36:d alerting_time=37:Timestamp day_margin=38:d full_margin=39:d pre_trade_margin=40:d
AccountUpdate account_id=1:s status=2:e balance=3:d rpl=4:d overnight_upl=5:d margin=6:d day_margin=7:d full_margin=8:d base_margin=9:d alerting_margin=10:d pre_trade_margin=11:d mp=12:d premium=13:d long_mp=14:d short_mp=15:d fees_and_commissions=16:d prev_margin=17:d imported_net_liq=18:d imported_net_liq_date=19:Timestamp prev_imported_net_liq=20:d prev_imported_net_liq_date=21:Timestamp filled_delta=22:d working_delta=23:d margin_time=24:Timestamp alerting_time=25:Timestamp
AccountDetails account_id=1:s account_name=2:s account=3:s enabled=4:e deleted=5:b max_clip_size=6:i32 pre_trade_disabled=7:b position_rollover=8:b pl_rollover=9:b firm_id=10:s min_balance=11:d margin_pc=12:i32 loss_limit=13:d loss_limit_pc=14:i32 overnight_margin_pc=15:i32 order_routing=16:b active_time_start=17:s active_time_stop=18:s warning_threshold_pl=19:i32 warning_threshold_loss_limit=20:i32 warning_threshold_margin=21:i32 firm=22:s mode=23:e max_account_position=24:i32 day_loss_limit=25:d display_name=26:s wide_market=27:i32 use_pl_for_margin=28:b margin_type=29:e risk_details=30:s price_banding=31:i32 day_loss_limit_pc=32:i32 options_settlement=33:b group_name=34:s use_premium_for_margin=35:b warning_threshold_min_net_equity=36:d
AccountSnapshotMessage! account_position=3:AccountPosition account_update=4:AccountUpdate account_details=5:AccountDetails account_currency=6:AccountCurrency market_details=7:MarketDetails order_update_multi=8:OrderUpdateMulti
AccountSnapshot account_id=1:s last_update_requested=2:i64 last_update_supplied=3:i64 status=4:e due_to_connection=5:b messages=6:*AccountSnapshotMessage
AccountProfit account_id=1:s update_time=2:Timestamp upl=3:?d upl_trade=4:?d rpl=5:?d day_upl=6:?d day_upl_trade=7:?d day_rpl=8:?d warning_pl=9:?i32 warning_loss_limit=10:?i32 warning_margin=11:?i32 total_working_orders=12:?i32 total_working_volume=13:?i32 is_alerting_live_margin=14:?b is_alerting_full_margin=15:?b available_cash=16:?d
AccountPositionProfit account_id=1:s exchange_id=2:s contract_id=3:s market_id=4:s delayed=5:b update_time=6:Timestamp is_options=7:b has_data=8:b is_implied=9:b net=10:?d upl=11:?d upl_trade=12:?d rpl=13:?d upl_usd=14:?d upl_trade_usd=15:?d rpl_usd=16:?d day_net=17:?d day_rpl=18:?d day_rpl_usd=19:?d day_upl=20:?d day_upl_trade=21:?d day_upl_usd=22:?d day_upl_trade_usd=23:?d
OrderActivation submit_time=1:Timestamp submit_delay_ms=2:?i64 cancel_time=3:Timestamp cancel_delay_ms=4:?i64 activation_cancel_time=5:Timestamp activation_cancel_delay_ms=6:?i64 mode=7:?e price=8:Price volume=9:?i32 bid_offer=10:?e implied=11:?b queue_submit=12:?b
OrderSubmit user_id=1:?s account_id=2:s market_id=3:s order_link=4:e manual_order_indicator=5:b orders=6:*OrderSubmitOrder
OrderSubmitOrder buy_sell=1:e price_type=2:e time_type=3:e volume=4:i32 max_show=5:?i32 max_volume=6:?i32 limit_price=7:Price stop_price=8:Price trail_distance=9:Price tag=10:?s activation_type=11:?e activation_data=12:OrderActivation
OrderBatch batch_id=1:?s submissions=2:*OrderSubmit
OrderRevise user_id=1:s account_id=2:s market_id=3:s manual_order_indicator=4:b revisions=5:*OrderReviseRevise
OrderReviseRevise unique_id=1:s volume=2:?i32 max_show=3:?i32 max_volume=4:?i32 limit_price=5:Price stop_price=6:Price trail_price=7:Price tag=8:?s activation_data=9:OrderActivation
OrderPull user_id=1:s account_id=2:s market_id=3:s manual_order_indicator=4:b pulls=5:*OrderPullPull
OrderPullPull unique_id=1:s tag=2:?s
CreateUDS request_id=1:s user_id=2:s account_id=3:s strategy_type=4:e legs=5:*CreateUDSLeg
CreateUDSLeg exchange_id=1:s contract_id=2:s market_id=3:s buy_sell=4:e volume=5:i32 price=6:Price delta=7:Decimal
OrderUpdateFailed unique_id=1:s account_id=2:s market_id=3:s time=4:Timestamp exchange_time=5:Timestamp change=6:e status=7:e status_detail=8:s response_pending=9:e tag_cl_ord_id=10:s sequence_order=11:i32
OrderUpdateStatus unique_id=1:s account_id=2:s market_id=3:s time=4:Timestamp exchange_time=5:Timestamp change=6:e status=7:e status_detail=8:s response_pending=9:e exchange_order_id=10:s current_volume=11:i32 current_limit_price=12:Price current_stop_price=13:Price price_type=14:e time_type=15:e working_volume=16:i32 executing_login_id=17:s activation_type=18:e trail_price=19:Price current_max_show=20:i32 user_id=21:s user_name=22:s user_address=23:s session_id=24:s app_id=25:s app_name=26:s routing_user_id=27:s routing_user_name=28:s new_volume=29:i32 new_limit_price=30:Price new_stop_price=31:Price new_max_show=32:i32 tag=33:s tag_cl_ord_id=34:s tag_orig_cl_ord_id=35:s smp_id=36:s exchange_login_id=37:s exchange_location=38:s ats_regulatory_id=39:s max_volume=40:i32 sequence_order=41:i32 authorized_trader_id=42:s instruction_extra=43:%s app_type=44:e activation_details=45:s
OrderUpdateTrade unique_id=1:s account_id=2:s market_id=3:s time=4:Timestamp exchange_time=5:Timestamp change=6:e status=7:e status_detail=8:s response_pending=9:e total_fill_volume=10:i32 working_volume=11:i32 volume=12:i32 price=13:Price residual_volume=14:i32 exchange_trade_id=15:s contra_trader=16:s contra_broker=17:s trade_date=18:i64 sequence_order=19:i32
OrderUpdateTradeLeg unique_id=1:s account_id=2:s market_id=3:s time=4:Timestamp exchange_time=5:Timestamp change=6:e status=7:e status_detail=8:s response_pending=9:e leg_index=10:i32 volume=11:i32 price=12:Price exchange_trade_id=13:s contra_trader=14:s contra_broker=15:s residual_volume=16:i32 trade_date=17:i64 sequence_order=18:i32
OrderUpdate unique_id=1:s account_id=2:s market_id=3:s time=4:Timestamp exchange_time=5:Timestamp change=6:e status=7:e status_detail=8:s response_pending=9:e exchange_order_id=10:s submit_time=11:Timestamp trade_date=12:i64 exchange_id=13:s exchange_login_id=14:s executing_login_id=15:s exchange_location=16:s user_id=17:s user_name=18:s user_address=19:s session_id=20:s app_id=21:s app_name=22:s buy_sell=23:e price_type=24:e time_type=25:e current_volume=26:i32 current_limit_price=27:Price current_stop_price=28:Price new_volume=29:i32 new_limit_price=30:Price new_stop_price=31:Price open_close=32:e account_number=33:s cti=34:e origin=35:e account_code=36:e member_allocation=37:s trader_allocation=38:s customer_reference=39:s cust_order_handling_inst=40:e avg_price_indicator=41:e avg_price_group_id=42:s clearing_trade_price_type=43:e billing_fee=44:e omnibus_account=45:s executing_group_id=46:s tag=47:s total_fill_volume=48:i32 working_volume=49:i32 exchange_total_fill_volume=50:i32 trail_price=51:Price trail_revision_interval=52:i32 trail_revision_change=53:i32 order_link=54:e orders_linked=55:s activation_type=56:e primary_user=57:e current_max_show=58:i32 new_max_show=59:i32 routing_user_id=60:s routing_user_name=61:s order_source=62:e order_source_method=63:e app_type=64:e master_type=65:e tag_cl_ord_id=66:s tag_orig_cl_ord_id=67:s tag_relation_id=68:s smp_id=69:s sequence_order=70:i32 ats_regulatory_id=71:s max_volume=72:i32 authorized_trader_id=73:s instruction_extra=74:%s receive_time=75:Timestamp activation_details=76:s trades=77:*OrderTradeRecord trade_legs=78:*OrderTradeLegRecord
OrderTradeRecord sequence_order=1:i32 volume=2:i32 price=3:Price residual_volume=4:i32 time=5:Timestamp exchange_trade_id=6:s exchange_time=7:Timestamp contra_trader=8:s contra_broker=9:s trade_date=10:i64
OrderTradeLegRecord sequence_order=1:i32 leg_index=2:i32 volume=3:i32 price=4:Price time=5:Timestamp exchange_trade_id=6:s exchange_time=7:Timestamp contra_trader=8:s contra_broker=9:s residual_volume=10:i32 trade_date=11:i64
OrderUpdateMultiMessage! order_update=3:OrderUpdate order_update_failed=4:OrderUpdateFailed order_update_status=5:OrderUpdateStatus order_update_trade=6:OrderUpdateTrade order_update_trade_leg=7:OrderUpdateTradeLeg
OrderUpdateMulti market_id=1:s account_id=2:s historical=3:b updates=4:*OrderUpdateMultiMessage
OrderBatchAcknowledge batch_id=1:s accepted=2:*OrderBatchAcknowledgeAccepted
OrderBatchAcknowledgeAccepted account_id=1:s market_id=2:s unique_id=3:*s
OrderBatchReject batch_id=1:s reason=2:s errors=3:*OrderBatchRejectOrderError
OrderBatchRejectOrderError submission_index=1:i32 order_index=2:i32 account_id=3:s market_id=4:s reason=5:s
CreateUDSResponse request_id=1:s status_detail=2:s MarketRef=3:s uds_status=4:e
"""

_CLASSES: Final[dict[str, Any]] = build("simulatedt4", _ENVELOPES + _SESSION + _MARKET + _TRADE)


def __getattr__(name: str) -> Any:
    """The class of the named message."""
    try:
        return _CLASSES[name]
    except KeyError:
        raise AttributeError(name) from None


def price(text: str) -> Any:
    """A price or other decimal as its message."""
    return _CLASSES["Price"](value=text)


def timestamp(at_ns: int) -> Any:
    """A moment (UTC, nanoseconds) as its message, to the venue's 100 ns."""
    seconds, nanos = divmod(at_ns, 1_000_000_000)
    return _CLASSES["Timestamp"](seconds=seconds, nanos=nanos // 100 * 100)


def packed(name: str, message: Any) -> bytes:
    """A message in the server's envelope, as it travels."""
    body: bytes = _CLASSES["ServerMessage"](**{name: message}).SerializeToString()
    return body
