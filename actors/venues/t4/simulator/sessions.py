"""A logged-in session, and the registry that ends older ones when their user logs in elsewhere."""

from collections.abc import Iterator
from typing import Protocol

import attrs

from actors.venues.t4.simulator.codes import LoginResult
from actors.venues.t4.simulator.users import User


class Sink(Protocol):
    """A connection's outbox."""

    @property
    def number(self) -> int:
        """Of the connection."""

    def push(self, frame: bytes) -> None:
        """Take one whole WebSocket frame (or several); must not block and must not raise."""

    def torn(self, part: bytes) -> None:
        """Take the beginning of a frame after which the connection ends."""

    def end_session(self, result: LoginResult, reason: str) -> None:
        """Tell an unsolicited login result, then close."""


@attrs.define(eq=False, kw_only=True)
class Session:
    """One login on one connection.

    Attributes:
        sink: its outbox.
        session_id: as told in the login response.
        user: who it is.
        price_format: of every price in both directions.
        app_name: as it called itself.
        detailed: market ids whose details it was told already (also by account snapshots).
        accounts: subscribed accounts, and the `upl_mode` of each.
    """

    sink: Sink
    session_id: str
    user: User
    price_format: int
    app_name: str
    detailed: set[str] = attrs.field(factory=set)
    accounts: dict[str, int] = attrs.field(factory=dict)

    @property
    def number(self) -> int:
        """Of the connection."""
        return self.sink.number


class Sessions:
    """All sessions of one simulator, oldest first.

    Args:
        per_user: how many one user may have.
    """

    def __init__(self, per_user: int) -> None:
        self._per_user = per_user
        self._sessions: dict[Session, None] = {}

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._sessions))

    def open(self, session: Session) -> None:
        """A login succeeded; the user's oldest sessions end where there are too many."""
        mine = [each for each in self._sessions if each.user.user_id == session.user.user_id]
        self._sessions[session] = None
        for older in mine[: len(mine) + 1 - self._per_user]:
            self.close(older)
            older.sink.end_session(LoginResult.LOGGED_IN_ELSEWHERE, "logged in elsewhere")

    def close(self, session: Session) -> bool:
        """It is over; False when it was already."""
        return self._sessions.pop(session, self) is None

    def subscribed_to(self, account_id: str) -> list[Session]:
        """The sessions that are subscribed to an account, oldest first."""
        return [each for each in self._sessions if account_id in each.accounts]
