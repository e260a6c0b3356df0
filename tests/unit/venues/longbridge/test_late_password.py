"""Found by hostile input (T-041): an answer that comes after its attempt to connect was left is no fault of ours."""

import pytest

from actors.venues.longbridge import VENUE
from actors.venues.longbridge.settings import Settings
from engine.session.contract import CallFailure, Connect, HttpCall, HttpResponse, Now

GRANTED = b'{"code":0,"message":"success","data":{"otp":"o-1","limit":10,"online":1}}'


def at(seconds: float) -> Now:
    return Now(int((1 + seconds) * 1e9), 1_795_225_422_000_000_000 + int(seconds * 1e9))


@pytest.mark.parametrize("ends", ["answered", "failed"])
@pytest.mark.parametrize("maker", [VENUE.data, VENUE.trade])
def test_a_late_answer_to_a_former_attempt_means_nothing(maker, ends):
    """The operator tried again before the first password came; the second one counts."""
    protocol = maker(Settings(), VENUE.simulator_credentials)
    (first,) = [e for e in protocol.prepare(at(0)) if isinstance(e, HttpCall)]
    protocol.lost("left", at(1))
    (second,) = [e for e in protocol.prepare(at(2)) if isinstance(e, HttpCall)]
    outcome = HttpResponse(200, {}, GRANTED)
    if ends == "failed":
        outcome = CallFailure(not_sent=False, reason="late")
    assert not list(getattr(protocol, ends)(first.call_id, outcome, at(3)))
    effects = protocol.answered(second.call_id, HttpResponse(200, {}, GRANTED), at(4))
    assert any(isinstance(effect, Connect) for effect in effects)
