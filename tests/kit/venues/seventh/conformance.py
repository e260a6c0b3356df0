"""What the conformance battery has to know of the seventh venue."""

from engine.conformance.declared import Conformance, FaultName, Ordering, arm
from engine.messages.market import Quote, Trade
from engine.session.contract import Topic

CONFORMANCE = Conformance(
    topics=tuple(
        Topic(kind, f"{symbol}.SEVENTH") for kind in (Quote, Trade) for symbol in ("AAA", "BBB")
    ),
    orders=Ordering(
        instrument="AAA.SEVENTH",
        resting={"quantity": "3", "price": "10.00"},
        filling={"quantity": "2", "ord_type": "market"},
    ),
    simulator={"quotes_per_s": 40.0},
    settings={"ping_interval_s": 0.5, "answer_within_s": 1.0, "quiet_s": 0.4},
    faults={
        FaultName.LOSE_SUBSCRIPTION: arm("forget"),
        FaultName.BREAK_FRAME: arm("break"),
        FaultName.EXPIRE_LOGIN: arm("log_out"),
    },
    renewed_within_s=2.0,
)
