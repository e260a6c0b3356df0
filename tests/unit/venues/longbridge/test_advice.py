"""What could have been bought, asked when the venue refuses for a reason of its own."""

from actors.venues.longbridge.advice import INTERVAL_S
from actors.venues.longbridge.private import TradeProtocol
from engine.session.contract import CallFailure, CallKind, Effects, HttpResponse, Note
from tests.kit.longbridge_trade import answer, at, calls, submit, trade_session

MOST = answer({"cash_max_qty": "100", "margin_max_qty": "300"})
RATIO = answer({"im_factor": "0.5", "mm_factor": "0.4", "fm_factor": "0.3"})


def refused(protocol: TradeProtocol, second: float, code: int = 602_999) -> Effects:
    """What follows from an order that is refused, but for its update."""
    (call,) = calls(protocol.submit(submit(client_order_id=f"p{int(second)}"), at(second)))
    response = answer(code=code, status=400)
    return list(protocol.answered(call.call_id, response, at(second)))[1:]


def advised(protocol: TradeProtocol, *responses: HttpResponse) -> list[Note]:
    """The end of the questions after these answers."""
    effects = refused(protocol, 1)
    for response in responses:
        (call,) = calls(effects)
        assert call.kind is CallKind.LOOKUP
        effects = protocol.answered(call.call_id, response, at(1.1))
    return [each for each in effects if isinstance(each, Note)]


def test_a_refusal_that_says_little_is_explained():
    """With cash, with margin, and the margin the symbol wants."""
    protocol = trade_session()
    (note,) = advised(protocol, MOST, RATIO)
    assert note.detail == (
        "p1 700.HK: 100 with cash, 300 with margin, 0.5 of its value as initial margin"
    )
    assert not note.alert


def test_what_is_asked():
    """For the order as it was."""
    (call,) = calls(refused(trade_session(), 1))
    assert call.path == (
        "/v1/trade/estimate/buy_limit?symbol=700.HK&order_type=LO&side=Buy&price=320.6"
        "&fractional_shares=false"
    )


def test_it_is_not_asked_often_nor_where_the_reason_is_plain():
    """A wrong tick is no matter of money; floods are not answered with floods."""
    protocol = trade_session()
    assert calls(refused(protocol, 1, 602035)) == []
    assert calls(refused(protocol, 2, 602001)) == []
    assert calls(refused(protocol, 3, 429002)) == []
    assert len(calls(refused(protocol, 4))) == 1
    assert calls(refused(protocol, 5)) == []
    assert len(calls(refused(protocol, 4.1 + INTERVAL_S))) == 1


def test_a_venue_that_does_not_say_is_no_trouble():
    """Half an answer is told, none is not."""
    nothing = answer(code=500000, status=500)
    (note,) = advised(trade_session(), answer([1]), RATIO)
    assert note.detail == "p1 700.HK: 0.5 of its value as initial margin"
    assert advised(trade_session(), nothing, answer({"im_factor": "x"})) == []
    protocol = trade_session()
    (call,) = calls(refused(protocol, 1))
    effects = protocol.failed(call.call_id, CallFailure(not_sent=True, reason="full"), at(2))
    assert len(calls(effects)) == 1
