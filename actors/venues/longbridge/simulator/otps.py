"""One-time passwords and the sessions they open; pure, time handed in, shared by HTTP and gateways.

An OTP is issued over HTTP to an account and redeemed once, at either gateway. The login opens a
session that can be resumed on another connection until it expires. Connections are counted per
account over both gateways.
"""

import hashlib
from collections import Counter, OrderedDict
from typing import Final

import attrs

from engine.simulator.moment import MS, NS, Moment

KEPT_MAX: Final = 10_000
"""Unused OTPs and sessions kept at once; the oldest go first."""


class OtpRegistry:
    """OTPs that were given out and not yet used.

    Args:
        valid_s: how long an unused OTP is good for.
        seed: of the texts; OTPs of one simulator never repeat.
    """

    def __init__(self, valid_s: float, seed: str) -> None:
        self._valid_ns = int(valid_s * NS)
        self._seed = seed
        self._issued = 0
        self._open: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def issue(self, account: str, now: Moment) -> str:
        """A new OTP for this account."""
        self._issued += 1
        otp = hashlib.sha256(f"{self._seed}/{self._issued}".encode()).hexdigest()[:32]
        self._open[otp] = (account, now.mono_ns + self._valid_ns)
        if len(self._open) > KEPT_MAX:
            self._open.popitem(last=False)
        return otp

    def forget(self) -> None:
        """No OTP given out so far is worth anything."""
        self._open.clear()

    def redeem(self, otp: str, now: Moment) -> str | None:
        """The account it was issued to, and the OTP is gone; None for a used, old or unknown one."""
        account, until_ns = self._open.pop(otp, ("", 0))
        return account if account and now.mono_ns < until_ns else None


@attrs.define
class Session:
    """A login that may be resumed: on this gateway, by this account, until then."""

    session_id: str
    account: str
    gateway: str
    expires_mono_ns: int
    expires_ms: int


class Sessions:
    """Open sessions and the number of connections each account has.

    Args:
        valid_s: life of a session from its login or resumption on.
        limit: connections per account.
        seed: of the ids.
    """

    def __init__(self, valid_s: float, limit: int, seed: str) -> None:
        self.limit = limit
        self._valid_ns = int(valid_s * NS)
        self._seed = seed
        self._opened = 0
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._online: Counter[str] = Counter()

    def online(self, account: str) -> int:
        """Connections of an account that are logged in, on both gateways."""
        return self._online[account]

    def full(self, account: str) -> bool:
        """Whether the account may not have one connection more."""
        return self._online[account] >= self.limit

    def enter(self, account: str) -> None:
        """One connection of the account logged in."""
        self._online[account] += 1

    def leave(self, account: str) -> None:
        """A connection that was logged in is gone."""
        self._online[account] -= 1

    def open(self, account: str, gateway: str, now: Moment) -> Session:
        """A new session."""
        self._opened += 1
        number = hashlib.sha256(f"{self._seed}/{gateway}/{self._opened}".encode()).hexdigest()[:24]
        session = Session(number, account, gateway, 0, 0)
        self._sessions[session.session_id] = session
        if len(self._sessions) > KEPT_MAX:
            self._sessions.popitem(last=False)
        return self._extend(session, now)

    def resume(self, session_id: str, gateway: str, now: Moment) -> Session | None:
        """The session with a new life; None when it is unknown, expired or another gateway's."""
        session = self._sessions.get(session_id)
        if session is None or session.gateway != gateway:
            return None
        if now.mono_ns >= session.expires_mono_ns:
            del self._sessions[session_id]
            return None
        return self._extend(session, now)

    def expire(self, session_id: str) -> None:
        """Fault: the session cannot be resumed any more."""
        self._sessions.pop(session_id, None)

    def forget(self) -> None:
        """No session can be resumed any more; connections are still counted until they go."""
        self._sessions.clear()

    def _extend(self, session: Session, now: Moment) -> Session:
        session.expires_mono_ns = now.mono_ns + self._valid_ns
        session.expires_ms = (now.wall_ns + self._valid_ns) // MS
        return session
