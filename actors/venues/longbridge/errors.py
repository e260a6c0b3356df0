"""The venue's HTTP error table: what every code says about a request's outcome, and whose fault it is.

One row per code of the fact sheet (2.6). The verdict answers the two questions that matter for money: is
the outcome known, and may anything be tried again. The venue publishes no list of its business codes,
so a code that is not in the table is judged by its range and by the HTTP status; where these prove
nothing the outcome is unknown.
"""

from enum import StrEnum
from typing import Final

import attrs


class Verdict(StrEnum):
    """What an answer means for the request it answers."""

    OK = "ok"
    REFUSED = "refused"
    """Known: the venue says no."""
    UNKNOWN = "unknown"
    """The request may or may not have been carried out; only a query tells."""
    AUTH = "auth"
    """Known: refused, the credentials are of no use; stop."""
    EXPIRED = "expired"
    """Known: refused, the access token has run out; it may be refreshed once."""
    PERMISSION = "permission"
    """Known: refused, the account may not do this, or not from here."""
    RATE = "rate"
    """Known: refused at the gate, not carried out; may be tried again later."""
    OURS = "ours"
    """Known: refused, because we asked wrongly."""

    @property
    def known(self) -> bool:
        """Whether the outcome is known."""
        return self is not Verdict.UNKNOWN


@attrs.frozen
class Rule:
    """One row of the table. The text is ours; the venue's own goes with every report."""

    verdict: Verdict
    text: str


DUPLICATE_REQUEST: Final = 403202
TOKEN_EXPIRED: Final = 401003
WRONG_TICK: Final = 602035

RULES: Final[dict[int, Rule]] = {
    0: Rule(Verdict.OK, "success"),
    403201: Rule(Verdict.AUTH, "the signature is invalid: check app_secret"),
    # Said of a request that was seen before: perhaps the very one we sent, which may have been taken.
    DUPLICATE_REQUEST: Rule(Verdict.UNKNOWN, "the same request was seen before"),
    403203: Rule(Verdict.AUTH, "the app key is not accepted: check app_key"),
    403205: Rule(Verdict.PERMISSION, "requests from this address are not allowed"),
    TOKEN_EXPIRED: Rule(Verdict.EXPIRED, "the access token has expired"),
    401004: Rule(Verdict.AUTH, "the access token is invalid or missing"),
    401102: Rule(Verdict.AUTH, "the access token was not verified"),
    # The gate counts requests before any service sees them.
    429001: Rule(Verdict.RATE, "too many requests from this address"),
    429002: Rule(Verdict.RATE, "too many requests to this interface"),
    # Nobody says whether the breaker opens before or behind the service, so it proves nothing.
    429303: Rule(Verdict.UNKNOWN, "the gateway has cut the service off"),
    500000: Rule(Verdict.UNKNOWN, "internal error"),
    602001: Rule(Verdict.REFUSED, "a parameter was not accepted"),
    602012: Rule(Verdict.REFUSED, "orders of this type cannot be changed"),
    WRONG_TICK: Rule(Verdict.REFUSED, "the price is off the tick table"),
    602315: Rule(Verdict.PERMISSION, "not allowed in this region"),
}
"""Code → verdict and text."""

_BUSINESS_CODES: Final = range(602_000, 604_000)
"""Where the venue's trading codes are; no list of them exists."""

_REFUSED_BY_STATUS: Final = {
    400: Verdict.REFUSED,
    401: Verdict.AUTH,
    403: Verdict.PERMISSION,
    404: Verdict.OURS,
    405: Verdict.OURS,
    411: Verdict.OURS,
    413: Verdict.OURS,
    414: Verdict.OURS,
    415: Verdict.OURS,
    429: Verdict.RATE,
}
"""HTTP statuses that mean "not carried out" whoever sends them. 408, 499, 5xx and the rest do not."""


def judge(status: int, code: int | None) -> Verdict:
    """The verdict of an answer with this HTTP status and (where it has the envelope) this code."""
    rule = None if code is None else RULES.get(code)
    if rule is not None:
        # Success that a proxy or the server itself marks as failed proves nothing.
        contradictory = rule.verdict is Verdict.OK and not 200 <= status < 300
        return Verdict.UNKNOWN if contradictory else rule.verdict
    if code in _BUSINESS_CODES:
        # A plain refusal newer than the table, unless the server itself failed.
        return Verdict.REFUSED if status < 500 else Verdict.UNKNOWN
    return _REFUSED_BY_STATUS.get(status, Verdict.UNKNOWN)


def explain(code: int | None) -> str:
    """Our text for a code, "" for one we do not know."""
    rule = RULES.get(code) if code is not None else None
    return rule.text if rule else ""
