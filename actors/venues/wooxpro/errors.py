"""The venue's error table: what every code says about a request's outcome, and whose fault it is.

One row per code of the fact sheet (section 8). The verdict answers the two questions that matter for
money: is the outcome known, and may anything be tried again. An answer without a listed code is
judged by its HTTP status; where that proves nothing the outcome is unknown.
"""

from enum import StrEnum
from typing import Final

import attrs


class Verdict(StrEnum):
    """What an answer means for the request it answers."""

    OK = "ok"
    REFUSED = "refused"
    """Known: the venue says no."""
    ABSENT = "absent"
    """Known: refused because the venue does not (or no longer) have that order open."""
    UNKNOWN = "unknown"
    """The request may or may not have been carried out; only a query tells."""
    AUTH = "auth"
    """Known: refused, the credentials are of no use; stop."""
    PERMISSION = "permission"
    """Known: refused, the key may not do this (or not from here)."""
    RATE = "rate"
    """Known: refused at the gate, not carried out; may be tried again later."""
    MAINTENANCE = "maintenance"
    """Known: refused, the service is closed."""
    OURS = "ours"
    """Known: refused, because we asked wrongly: a bug or a clock of ours."""

    @property
    def known(self) -> bool:
        """Whether the outcome is known."""
        return self is not Verdict.UNKNOWN


@attrs.frozen
class Rule:
    """One row of the table."""

    verdict: Verdict
    text: str


def _rules(verdict: Verdict, **texts: str) -> dict[int, Rule]:
    return {int(key.removeprefix("c")): Rule(verdict, text) for key, text in texts.items()}


DUPLICATE_CLIENT_ORDER_ID: Final = 40050

RULES: Final[dict[int, Rule]] = {
    1000: Rule(Verdict.OK, "OK"),
    **_rules(
        Verdict.AUTH,
        c30001="API key header is empty (see header_prefix)",
        c30002="API key not found",
        c30003="API key is frozen",
        c30004="signature header is empty (see header_prefix)",
        c30005="signature is wrong: API secret or memo",
        c30011="API key has expired",
    ),
    **_rules(
        Verdict.OURS,
        c30000="not found",
        c30006="timestamp header is empty",
        c30007="timestamp is more than a minute off: set this host's clock",
        c30008="timestamp has an invalid format",
        c30018="body must be JSON",
        c30030="old API version",
        c30031="endpoint is deprecated",
        c40002="out_trade_no not found",
        c40003="out_trade_no exists",
        c40006="invalid IP",
        c40007="parameters cannot be parsed",
        c40008="nonce",
        c40009="version",
        c40010="function not found",
        c40011="invalid request",
        c40038="kline step",
        c40039="timestamp is invalid",
        c40041="order side is invalid",
        c40042="order type is invalid",
        c40045="open type is invalid",
        c40048="client order id may only hold letters and digits",
        c40049="client order id is longer than 32",
    ),
    **_rules(
        Verdict.PERMISSION,
        c30010="this IP address is forbidden",
        c30012="the key is not allowed to do this",
        c30019="no permission for this operation",
        c40046="the account has not opened futures",
        c40047="not available in this country",
    ),
    # The gate refuses before the order service sees the request: nothing was accepted.
    **_rules(
        Verdict.RATE,
        c30013="too many requests",
        c30017="temporarily rejected for breaking limit rules",
        c40013="access too often, or this host's clock is off",
    ),
    **_rules(Verdict.MAINTENANCE, c30016="maintenance"),
    # 30014 and 40012 come from behind the gate and may follow an accepted order. 40050 says that an
    # order with this id exists: perhaps the very one we sent, so it never is a rejection of it.
    **_rules(
        Verdict.UNKNOWN,
        c30014="service unavailable",
        c40012="system error",
        c40050="client order id exists already",
    ),
    **_rules(
        Verdict.ABSENT,
        c40035="order does not exist",
        c40036="order status is invalid",
        c40037="order id does not exist",
    ),
    **_rules(
        Verdict.REFUSED,
        c40001="cloud account not found",
        c40004="account count limit",
        c40005="transfer precision",
        c40014="contract is offline",
        c40015="contract is paused",
        c40016="order would trigger liquidation",
        c40017="cannot open and close together",
        c40018="position is closed",
        c40019="position is in liquidation",
        c40020="position volume is not enough",
        c40021="position does not exist",
        c40022="position is not isolated",
        c40023="reducing the margin would liquidate",
        c40024="reducing the margin would warn of liquidation",
        c40025="margin must not be below the base limit",
        c40026="cross position is in liquidation",
        c40027="available balance is not enough",
        c40028="too many plan orders",
        c40029="leverage is too large",
        c40030="leverage is too small",
        c40031="trigger price deviates too far",
        c40032="plan order lives too long",
        c40033="plan order lives too short",
        c40034="contract not found",
        c40040="leverage is invalid, or differs from the position's",
        c40043="order precision is invalid",
        c40044="order range is invalid",
        c40059="position mode cannot change while positions or orders are open",
        c42000="balance is not enough",
    ),
}
"""Code → verdict and text. The texts are ours; the venue's own text goes with every report."""

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
    418: Verdict.RATE,
    429: Verdict.RATE,
}
"""HTTP statuses that mean "not carried out" whoever sends them. 408, 499, 5xx and the rest do not."""

_APPLICATION_CODES: Final = (range(30_000, 31_000), range(40_000, 43_000))


def judge(status: int, code: int | None) -> Verdict:
    """The verdict of an answer with this HTTP status and (if it could be read) this code."""
    if code is not None:
        rule = RULES.get(code)
        if rule is not None:
            # Success that a proxy or the server itself marks as failed proves nothing.
            contradictory = rule.verdict is Verdict.OK and status != 200
            return Verdict.UNKNOWN if contradictory else rule.verdict
        if any(code in codes for codes in _APPLICATION_CODES) and 400 <= status < 500:
            return Verdict.REFUSED  # a code newer than the table, plainly refusing
        if status == 200:
            return Verdict.UNKNOWN
    return _REFUSED_BY_STATUS.get(status, Verdict.UNKNOWN)


def explain(code: int | None) -> str:
    """Our text for a code, "" for one we do not know."""
    rule = RULES.get(code) if code is not None else None
    return rule.text if rule else ""
