"""Who calls: app key, signature, access token, repeated requests, paper or live; pure.

Two ways in. With an API key every request is signed; with OAuth the token comes as
`Authorization: Bearer TOKEN` and nothing is signed. One app key may have several accounts, told
apart by their access tokens (a paper account has the live account's key and secret).
"""

import hashlib
from typing import Final

import attrs

from actors.venues.longbridge.simulator import codes
from actors.venues.longbridge.simulator.codes import Refusal
from actors.venues.longbridge.simulator.credentials import Credentials
from actors.venues.longbridge.simulator.signing import header_of, same
from actors.venues.longbridge.simulator.throttle import Replays
from engine.simulator.moment import Moment

BEARER: Final = "Bearer "
TOKENS_MAX: Final = 1_000
"""Access tokens handed out by refreshing; more are refused."""
QUESTIONS: Final = ("/quote/", "/v1/quote/")
"""Paths that only ask, whatever their method."""


@attrs.frozen(kw_only=True)
class Knock:
    """What of a request says who sends it; `query` and `body` exactly as sent."""

    method: str
    path: str
    query: str
    body: bytes
    key: str
    authorization: str
    timestamp: str
    signature: str
    paper: bool


class Access:
    """Lets requests in.

    Args:
        credentials: all accounts.
        oauth: whether unsigned requests with a bearer token are let in.
        old_token: whether a token that was refreshed stays good.
    """

    def __init__(
        self, credentials: tuple[Credentials, ...], *, oauth: bool, old_token: bool
    ) -> None:
        self._secrets = {each.app_key: each.app_secret for each in credentials}
        self._holders = {each.access_token: each for each in credentials}
        self._expired: set[str] = set()
        self._oauth = oauth
        self._old_token = old_token
        self._replays = Replays()
        self._refreshed = 0

    def enter(self, knock: Knock, now: Moment) -> Credentials:
        """Whose request it is; Refusal when it is not let in."""
        holder = self._bearer(knock) if self._is_bearer(knock) else self._signed(knock)
        if not knock.path.startswith(QUESTIONS):  # asking twice in one second changes nothing
            self._replays.take(knock.method, _fingerprint(knock), now.mono_ns)
        if knock.paper and not holder.paper:
            raise Refusal(codes.LIVE_TOKEN_REFUSED)
        return holder

    def _is_bearer(self, knock: Knock) -> bool:
        return self._oauth and not knock.signature and knock.authorization.startswith(BEARER)

    def _bearer(self, knock: Knock) -> Credentials:
        if knock.key not in self._secrets:
            raise Refusal(codes.KEY_ILLEGAL)
        return self._holder(knock.authorization[len(BEARER) :], knock.key, codes.TOKEN_UNVERIFIED)

    def _signed(self, knock: Knock) -> Credentials:
        secret = self._secrets.get(knock.key)
        if secret is None:
            raise Refusal(codes.KEY_ILLEGAL)
        expected = header_of(
            secret,
            knock.method,
            knock.path,
            knock.query,
            knock.body,
            token=knock.authorization,
            key=knock.key,
            at=knock.timestamp,
        )
        if not knock.timestamp or not same(knock.signature, expected):
            raise Refusal(codes.SIGNATURE_INVALID)
        return self._holder(knock.authorization, knock.key, codes.TOKEN_INVALID)

    def _holder(self, token: str, key: str, unknown: int) -> Credentials:
        holder = self._holders.get(token)
        if holder is None or holder.app_key != key:
            raise Refusal(unknown)
        if token in self._expired:
            raise Refusal(codes.TOKEN_EXPIRED)
        return holder

    # --- tokens ---------------------------------------------------------------------------

    def refresh(self, holder: Credentials, now: Moment) -> str:
        """A further access token of the same account."""
        if len(self._holders) >= TOKENS_MAX:
            raise Refusal(codes.INTERNAL)
        self._refreshed += 1
        text = f"{holder.access_token}/{now.wall_ns}/{self._refreshed}"
        token = f"m_{hashlib.sha256(text.encode()).hexdigest()}"
        if not self._old_token:
            self.expire(holder.account)
        self._holders[token] = holder
        return token

    def expire(self, account: str) -> int:
        """No token of an account (`*` for all) is good any more; how many there were."""
        gone = {
            token
            for token, holder in self._holders.items()
            if account in ("*", holder.account) and token not in self._expired
        }
        self._expired |= gone
        return len(gone)

    def revive(self) -> int:
        """All tokens are good again; how many were not."""
        gone = len(self._expired)
        self._expired.clear()
        return gone


def _fingerprint(knock: Knock) -> str:
    parts = (
        knock.method,
        knock.path,
        knock.query,
        knock.key,
        knock.authorization,
        knock.timestamp,
        hashlib.sha256(knock.body).hexdigest(),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
