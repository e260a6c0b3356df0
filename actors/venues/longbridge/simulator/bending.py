"""How an armed fault bends the answer to a command; pure."""

from typing import Final

import attrs

from actors.venues.longbridge.simulator import bodies, packets
from actors.venues.longbridge.simulator.connection import Answer
from actors.venues.longbridge.simulator.faults import Fault, FaultKind, error_value

UNUSED_ID: Final = 0xFFFF_FFF0
"""A request id that no client gets to."""


@attrs.frozen
class Sending:
    """Packets that go out together after so many seconds; none when the answer is lost."""

    packets: tuple[bytes, ...]
    delay_s: float = 0.0


def encoded(answer: Answer, gzip_from: int) -> bytes:
    """The answer as a packet."""
    return packets.response(
        answer.command, answer.request_id, answer.status, answer.body, gzip_from=gzip_from
    )


def sending(answer: Answer, fault: Fault | None, gzip_from: int) -> Sending:
    """What is sent for an answer."""
    packet = encoded(answer, gzip_from)
    if fault is None:
        return Sending((packet,))
    match fault.kind:
        case FaultKind.ANSWER_ERROR:
            status, code = error_value(fault, packets.Status.SERVER_INTERNAL_ERROR, 301602)
            body = bodies.Error(code=code, msg="server error").SerializeToString()
            return Sending((encoded(attrs.evolve(answer, status=status, body=body), 0),))
        case FaultKind.ANSWER_DELAY:
            return Sending((packet,), fault.number_value(1.0))
        case FaultKind.ANSWER_TWICE:
            return Sending((packet, packet))
        case FaultKind.ANSWER_MALFORMED:
            return Sending((encoded(attrs.evolve(answer, body=b"\x0a\x7f\x01"), 0),))
        case FaultKind.ANSWER_UNKNOWN:
            stray = encoded(attrs.evolve(answer, request_id=UNUSED_ID), gzip_from)
            return Sending((stray, packet))
        case FaultKind.ANSWER_GZIP:
            return Sending((encoded(answer, 1),))
        case _:  # lost
            return Sending(())
