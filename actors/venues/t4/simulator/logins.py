"""Whether a login is let in, and what it is told; pure."""

import hmac
import uuid
from collections.abc import Sequence
from typing import Any, Final

import attrs

from actors.venues.t4.simulator import messages
from actors.venues.t4.simulator.codes import LoginResult, MarketDataType, PriceFormat
from actors.venues.t4.simulator.listings import EXCHANGES
from actors.venues.t4.simulator.users import User

ACCOUNT_MODE_BY_MARKET: Final = 0
DEFAULT_APP: Final = "API key"


@attrs.frozen
class Verdict:
    """What becomes of a login; `user` only of one that succeeds."""

    result: LoginResult
    text: str = ""
    user: User | None = None


_UNKNOWN_USER: Final = Verdict(LoginResult.FAILED, "invalid credentials")


def judged(request: Any, users: Sequence[User]) -> Verdict:
    """By API key where there is one, else by all the other words."""
    if request.price_format not in set(PriceFormat):
        return Verdict(LoginResult.INCORRECT_VERSION, "unknown price format")
    if request.api_key:
        for user in users:
            if user.api_key and _same(user.api_key, request.api_key):
                return Verdict(LoginResult.SUCCESS, user=user)
        return Verdict(LoginResult.UNAUTHORIZED, "invalid API key")
    mine = [each for each in users if each.firm == request.firm]
    if not mine:
        return Verdict(LoginResult.FIRM_NOT_ALLOWED, "firm not allowed")
    for user in mine:
        if user.username == request.username:
            return _by_password(user, request)
    return _UNKNOWN_USER


def _by_password(user: User, request: Any) -> Verdict:
    if not _same(user.password, request.password):
        return _UNKNOWN_USER
    if not _same(user.app_license, request.app_license):
        return Verdict(LoginResult.APPLICATION_NOT_VALID, "application not valid")
    return Verdict(LoginResult.SUCCESS, user=user)


def _same(mine: str, theirs: str) -> bool:
    return hmac.compare_digest(mine.encode(), theirs.encode("utf-8", "replace"))


def user_named(request: Any, users: Sequence[User]) -> str:
    """Whom a login speaks of, for faults and the log; what the client says where nobody is known."""
    for user in users:
        if request.api_key and user.api_key == request.api_key:
            return user.username
    return "" if request.api_key else str(request.username)


def session_id(seed: str) -> str:
    """An id like the venue's."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, seed))


def refusal(result: LoginResult, text: str) -> Any:
    """The response to a refused login, and the unsolicited one."""
    return messages.LoginResponse(result=result, error_message=text)


def welcome(user: User, session: str, allowed: dict[str, MarketDataType], token: Any | None) -> Any:
    """The response to a login that succeeds."""
    response = messages.LoginResponse(
        session_id=session,
        user_id=user.user_id,
        firm_id=user.firm_id,
        roles=list(user.roles),
        exchanges=[_exchange(user, each, allowed[each]) for each in EXCHANGES],
        accounts=[
            messages.LoginResponseAccount(
                account_id=each.account_id,
                account_number=each.account_number,
                account_name=each.account_name,
                display_name=each.account_name,
                mode=ACCOUNT_MODE_BY_MARKET,
            )
            for each in user.accounts
        ],
        firm=user.firm,
        username=user.username,
        brand_name="Simulator",
        server_name="simulator",
    )
    if token is not None:
        response.authentication_token.CopyFrom(token)
    return response


def _exchange(user: User, exchange_id: str, allowed: MarketDataType) -> Any:
    return messages.LoginResponseExchange(
        exchange_id=exchange_id,
        user_id=user.user_id,
        market_data_type=int(allowed),
        has_executing_account=True,
        primary_user_id=user.user_id,
        location="Simulator",
    )
