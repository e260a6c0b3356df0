"""The subscription of the account, and asking for its snapshot anew.

There is no question for orders at this venue. A subscription is answered by a snapshot of everything:
positions, money and today's orders; so to ask is to subscribe again, one question at a time. Whether a
repeated subscription brings another snapshot is documented nowhere: where it did not, the next question
gives the subscription back first.
"""

from collections.abc import Callable
from typing import Any

from actors.venues.t4.proto import account_pb2, enums_pb2
from engine.session.contract import Now

Send = Callable[[str, Any, str], object]
"""Makes the effect that sends a message: kind, payload, order."""


class AccountFeed:
    """The subscription of one account on one connection.

    Args:
        send: makes the effect that sends.
        timeout_s: longest wait for an answer or a snapshot.
    """

    def __init__(self, send: Send, timeout_s: float) -> None:
        self._send = send
        self._timeout_ns = int(timeout_s * 1e9)
        self.account_id = ""
        self.subscribed = False
        """Whether the venue has granted it and told what is in the account."""
        self._granted = False
        self._asked_ns: int | None = None
        self._again = False
        self._give_back = False
        self._number = 0
        self.asked_wall_ns = 0
        """When the newest question was asked."""

    @property
    def asking(self) -> bool:
        """Whether a snapshot is awaited."""
        return self._asked_ns is not None

    def begin(self, account_id: str, now: Now) -> list[object]:
        """The first subscription of a connection."""
        self.account_id = account_id
        return self._subscribe(now, give_back=False)

    def ask(self, now: Now) -> tuple[int, list[object]]:
        """Have a snapshot: its number, and the effects of asking.

        One that is on its way already may be older than the question, so another follows it.
        """
        if self.asking:
            self._again = True
            return self._number + 1, []
        effects = self._subscribe(now, give_back=self._give_back)
        return self._number, effects

    def lost(self) -> None:
        """The connection is gone, and with it the subscription."""
        self.subscribed = self._granted = self._again = False
        self._asked_ns = None

    # --- what the venue says --------------------------------------------------------------------

    def answered(self, message: Any) -> str:
        """`AccountSubscribeResponse`: why it was refused, empty when it was not."""
        if message.success:
            self._granted = True
            return ""
        self._asked_ns, self.subscribed = None, False
        return "; ".join(message.errors)[:200] or "no reason"

    def shown(self, now: Now) -> tuple[int, list[object]]:
        """A snapshot of the account: its number, and the next question where one waits.

        0 for one that nobody asked for: the venue sends such after losses of its own.
        """
        if not (self.asking and self._granted):
            return 0, []
        number, self.subscribed, self._asked_ns = self._number, True, None
        if not self._again:
            return number, []
        return number, self._subscribe(now, give_back=self._give_back)

    # --- time -----------------------------------------------------------------------------------

    def deadline(self) -> int | None:
        """When the venue has had its time."""
        return self._asked_ns

    def due(self, now: Now) -> bool:
        """Whether the snapshot did not come in time; the next question is asked in another way."""
        if self._asked_ns is None or now.mono_ns < self._asked_ns:
            return False
        self._asked_ns, self._again = None, False
        self._give_back = not self._give_back
        return True

    def _subscribe(self, now: Now, *, give_back: bool) -> list[object]:
        self._asked_ns, self.asked_wall_ns = now.mono_ns + self._timeout_ns, now.wall_ns
        self._granted = self._again = False
        self._number += 1
        back = account_pb2.AccountSubscribe(
            subscribe=enums_pb2.ACCOUNT_SUBSCRIBE_TYPE_NONE, account_id=[self.account_id]
        )
        wanted = account_pb2.AccountSubscribe(
            subscribe=enums_pb2.ACCOUNT_SUBSCRIBE_TYPE_ALL_UPDATES,
            account_id=[self.account_id],
            upl_mode=enums_pb2.UPL_MODE_AVERAGE,
        )
        messages = [back, wanted] if give_back else [wanted]
        return [self._send("account_subscribe", message, "") for message in messages]
