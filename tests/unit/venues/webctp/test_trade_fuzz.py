"""Hostile messages to the trade session: effects that may travel, or RemoteProtocolError (T-041)."""

from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import actors.venues.webctp
from actors.venues.webctp import VENUE
from engine.conformance.transcripts import Player
from engine.errors import RemoteProtocolError
from engine.messages.codec import encode
from engine.messages.venue import Fill, OrderUpdate, ReconcilePart
from engine.session.contract import Now
from tests.kit.fuzzing import INPUTS, examples, hostile
from tests.kit.webctp_rows import frame, order_info, trade_info
from tests.kit.webctp_trading import cancel, submit

COUNT = INPUTS or 4_000
READY = Path(actors.venues.webctp.__file__).parent / "transcripts" / "trade_ready.txt"
REFUSED = {"exchange_id": "SHFE", "order_ref": "100001000010", "order_sys_id": f"{100128:12d}"}
SEEDS = [
    frame(15, order_info()).encode(),
    frame(15, order_info(ref="           7", order_local_id=f"{2:12d}")).encode(),
    frame(20, order_info(order_status=5, volume_traded=2, volume_total=3)).encode(),
    frame(16, trade_info()).encode(),
    frame(13, {**REFUSED, "req_id": 9, "is_last": True}, {"code": 31, "msg": "no"}).encode(),
    frame(19, {**REFUSED, "action_flag": 48}, {"code": 26, "msg": "no"}).encode(),
    frame(3, {"info": "Unknown"}).encode(),
    frame(0, {"req_id": 9, "msg": ""}, {"code": 0}).encode(),
    frame(17, {**order_info(order_memo="10000100001"), "req_id": 9, "is_last": True}).encode(),
    b'{"err":{"msg":"Error: no"},"info":null,"msg":"error"}',
]


def at(seconds: float) -> Now:
    """A moment after the transcript's end."""
    return Now(20_000_000_000 + int(seconds * 1e9), 1_609_725_020_000_000_000 + int(seconds * 1e9))


def ready() -> Any:
    """A session that has reconciled an empty account, with one order on its way."""
    player = Player(VENUE)
    player.play(READY)
    may_travel(
        player.protocol.submit(
            submit(
                "10000100001", instrument="rb2105.WEBCTP", price=Decimal(4400), quantity=Decimal(5)
            ),
            at(0),
        )
    )
    return player.protocol


def may_travel(effects: Any) -> None:
    """Every piece of news is one that the bus takes."""
    for effect in effects:
        if isinstance(effect, OrderUpdate | Fill | ReconcilePart):
            encode(effect)


def test_messages_bit_by_bit():
    """Spoilt frames; the session is made anew now and then, and keeps its time."""
    protocol, outcomes = ready(), {"news": 0, "refused": 0}
    for number, (word, data) in enumerate(hostile(SEEDS, COUNT)):
        if number % 200 == 0:
            protocol = ready()
        now = at(number % 200 / 100)
        try:
            may_travel(protocol.received(data, now))
            may_travel(protocol.due(now))
            if number % 20 == 0:
                may_travel(protocol.cancel(cancel("10000100001"), now))
            outcomes["news"] += 1
        except RemoteProtocolError:
            outcomes["refused"] += 1
        except Exception as error:
            raise AssertionError(f"input {word}: {data!r}") from error
    assert min(outcomes.values()) > 50


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", " ", "SHFE", "           1", "9" * 80, 1.7976931348623157e308]),
    st.lists(st.integers(), max_size=2),
)


@given(st.dictionaries(st.sampled_from(sorted(order_info())), VALUES, min_size=1, max_size=4))
@hypothesis_settings(
    max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow], deadline=None
)
def test_orders_field_by_field(changes: dict[str, Any]):
    """Any value in any field of an order."""
    with suppress(RemoteProtocolError):
        may_travel(ready().received(frame(15, order_info(**changes)), at(1)))


@given(st.dictionaries(st.sampled_from(sorted(trade_info())), VALUES, min_size=1, max_size=4))
@hypothesis_settings(
    max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow], deadline=None
)
def test_trades_field_by_field(changes: dict[str, Any]):
    """Any value in any field of a trade."""
    protocol = ready()
    may_travel(protocol.received(frame(15, order_info()), at(1)))
    with suppress(RemoteProtocolError):
        may_travel(protocol.received(frame(16, trade_info(**changes)), at(1)))
