"""What every login result means: try again, stop, or somebody else has taken our place.

One row per result of the fact sheet (section 13). A result that is newer than the table is tried again
with back-off: nothing says that it is final, and no account gets locked by a result that has no name.
"""

from enum import StrEnum
from typing import Final

import attrs

from actors.venues.t4.proto import enums_pb2
from engine.errors import ConnectionLost, CredentialsRejected, PermissionMissing


class Verdict(StrEnum):
    """What to do about a login result."""

    GRANTED = "granted"
    REJECTED = "rejected"
    """Credentials are of no use: stop, a repetition may lock the account."""
    FORBIDDEN = "forbidden"
    """The venue knows us and does not let us in: stop until a person acts there."""
    DISPLACED = "displaced"
    """Another login has taken our place: once it is tried again, then stop (no war of logins)."""
    LATER = "later"
    """For now only: connect again with back-off."""


@attrs.frozen
class Rule:
    """One row: the verdict and what a person is to do, in our words."""

    verdict: Verdict
    text: str


_E = enums_pb2
RULES: Final[dict[int, Rule]] = {
    _E.LOGIN_RESULT_SUCCESS: Rule(Verdict.GRANTED, "success"),
    _E.LOGIN_RESULT_FAILED: Rule(
        Verdict.REJECTED, "firm, username, password or API key are not accepted: check credentials"
    ),
    _E.LOGIN_RESULT_APPLICATION_NOT_VALID: Rule(
        Verdict.REJECTED, "the application is not accepted: check app_name and app_license"
    ),
    _E.LOGIN_RESULT_FIRM_NOT_ALLOWED: Rule(Verdict.FORBIDDEN, "the firm may not log in here"),
    _E.LOGIN_RESULT_USER_NOT_ALLOWED: Rule(Verdict.FORBIDDEN, "the user may not log in here"),
    _E.LOGIN_RESULT_INCORRECT_VERSION: Rule(
        Verdict.FORBIDDEN, "the venue does not take this version of the API: check ws_url"
    ),
    _E.LOGIN_RESULT_LOGGED_IN_ELSEWHERE: Rule(
        Verdict.DISPLACED, "another program logged in with these credentials"
    ),
    _E.LOGIN_RESULT_LOGOUT: Rule(Verdict.LATER, "the venue logged us out"),
    _E.LOGIN_RESULT_UNEXPECTED_DISCONNECT: Rule(Verdict.LATER, "the venue lost the connection"),
    _E.LOGIN_RESULT_UNAUTHORIZED: Rule(
        Verdict.REJECTED, "not authorized: check credentials and what they are allowed"
    ),
    _E.LOGIN_RESULT_UNEXPECTED_ERROR: Rule(Verdict.LATER, "the venue has an error of its own"),
    _E.LOGIN_RESULT_ROLE_NOT_SUPPORTED: Rule(
        Verdict.FORBIDDEN, "the user's role may not use the API"
    ),
    _E.LOGIN_RESULT_API_MESSAGE_BACKLOG: Rule(
        Verdict.LATER, "the venue disconnected us because we read too slowly: subscribe less"
    ),
    _E.LOGIN_RESULT_SERVER_MESSAGE_BACKLOG: Rule(
        Verdict.LATER, "the venue disconnected us because its own queue was full"
    ),
    _E.LOGIN_RESULT_PASSWORD_EXPIRED: Rule(
        Verdict.REJECTED, "the password has expired: change it at the venue"
    ),
    _E.LOGIN_RESULT_PASSWORD_CHANGE_FAILED: Rule(
        Verdict.REJECTED, "the password was not changed: change it at the venue"
    ),
    _E.LOGIN_RESULT_PASSWORD_ALREADY_USED: Rule(
        Verdict.REJECTED, "the password was used before: change it at the venue"
    ),
    _E.LOGIN_RESULT_LOCKED_OUT: Rule(
        Verdict.REJECTED, "the user is locked out: have the broker unlock it"
    ),
    _E.LOGIN_RESULT_ADDITIONAL_USERS_NOT_ALLOWED: Rule(
        Verdict.FORBIDDEN, "no more users of this firm may log in"
    ),
    _E.LOGIN_RESULT_MARKET_DATA_NOT_SETUP: Rule(
        Verdict.FORBIDDEN, "the user has no market data: have the broker set it up"
    ),
    _E.LOGIN_RESULT_TWO_FACTOR_NOT_SETUP: Rule(
        Verdict.REJECTED, "two-factor login is not set up: use an API key"
    ),
    _E.LOGIN_RESULT_TWO_FACTOR_FAILED: Rule(
        Verdict.REJECTED, "two-factor login failed: use an API key"
    ),
    _E.LOGIN_RESULT_FIX_SESSION_ERROR: Rule(
        Verdict.FORBIDDEN, "the login belongs to a FIX session"
    ),
    _E.LOGIN_RESULT_TWO_FACTOR_REQUIRED: Rule(
        Verdict.REJECTED, "a second factor is needed, which no program has: use an API key"
    ),
    _E.LOGIN_RESULT_USER_EXISTS: Rule(Verdict.FORBIDDEN, "the user exists already"),
    _E.LOGIN_RESULT_UNKNOWN: Rule(Verdict.LATER, "the venue does not say why"),
}
"""Result → verdict and text."""

_UNKNOWN: Final = Rule(Verdict.LATER, "a result that is not known here")


def rule_of(result: int) -> Rule:
    """The row of a result."""
    return RULES.get(result, _UNKNOWN)


def name_of(result: int) -> str:
    """The venue's name of a result, or its number."""
    value = enums_pb2.LoginResult.DESCRIPTOR.values_by_number.get(result)
    return str(result) if value is None else value.name.removeprefix("LOGIN_RESULT_")


def error_of(rule: Rule, text: str) -> Exception:
    """The error of the engine's taxonomy for a login that was not granted."""
    if rule.verdict is Verdict.REJECTED:
        return CredentialsRejected(text)
    if rule.verdict is Verdict.FORBIDDEN:
        return PermissionMissing(text)
    return ConnectionLost(text)
