"""Notifications of the trade gateway: the topic `private` carries order changes as JSON.

The envelope's content type is not believed: the documents show another one than is sent, and the venue's
own client reads JSON whatever it says.
"""

from typing import Final

from actors.venues.longbridge.bodies import parse
from actors.venues.longbridge.fields import text
from actors.venues.longbridge.proto import trade_pb2
from actors.venues.longbridge.records import Seen, seen_in_push
from engine.session import strictjson
from engine.session.values import obj, shorten

TOPIC: Final = "private"
ORDER_CHANGED: Final = "order_changed_lb"
PUSH_BYTES_MAX: Final = 64 << 10
"""An order push has about 700 bytes."""


def order_in(body: bytes) -> Seen | str:
    """The order that a notification shows, or the name of an event that is none of ours.

    Raises:
        RemoteProtocolError: what cannot be read; `StatusUnknownError` for a status that is new.
    """
    notification = parse(trade_pb2.Notification, body)
    if notification.topic != TOPIC:
        return shorten(f"topic {notification.topic}", 80)
    message = obj(
        strictjson.loads(notification.data, exact=True, bytes_max=PUSH_BYTES_MAX), "a notification"
    )
    event = text(message, "event")
    if event != ORDER_CHANGED:
        return shorten(event, 80)
    return seen_in_push(obj(message.get("data"), "an order"))
