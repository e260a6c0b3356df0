"""Handlers of accounts and orders: messages 200 to 340 of the client's envelope."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

import attrs

from actors.venues.t4.simulator import messages
from actors.venues.t4.simulator.calls import Call, Handler
from actors.venues.t4.simulator.desk import Desk
from actors.venues.t4.simulator.ordercodes import (
    Change,
    Status,
    SubscribeType,
    UdsStatus,
    UplMode,
)
from actors.venues.t4.simulator.orderevents import filled_in, stamp
from actors.venues.t4.simulator.orders import Order
from actors.venues.t4.simulator.sessions import Session
from actors.venues.t4.simulator.submissions import Submission, read_submission
from actors.venues.t4.simulator.tickets import Refusal, Sort, read_wanted
from engine.simulator.moment import Moment

SUBMISSIONS_MAX: Final = 100
"""Of one batch."""
CHANGES_MAX: Final = 500
"""Pulls or revisions of one message; the rest is not looked at."""


# --- accounts -----------------------------------------------------------------------------


def subscribe(call: Call, body: Any) -> None:
    """`account_subscribe`: answer, then a snapshot of each account; any error and nothing is done."""
    session, desk = call.session, call.venue.desk
    allowed = [each.account_id for each in session.user.accounts]
    wanted = allowed if body.subscribe_all_accounts else list(dict.fromkeys(body.account_id))
    mode = body.upl_mode if body.HasField("upl_mode") else UplMode.NONE
    errors = [f"account {each} is not known" for each in wanted if each not in allowed]
    if not wanted:
        errors.append("no account is named")
    if body.subscribe not in set(SubscribeType):
        errors.append(f"subscribe {body.subscribe} is not supported")
    if mode not in set(UplMode):
        errors.append(f"upl_mode {mode} is not supported")
    answer = messages.AccountSubscribeResponse(success=not errors, errors=errors)
    call.answer("account_subscribe_response", answer)
    if errors:
        return
    for account_id in wanted:
        desk.books.feed.start_again(session, account_id)
        if body.subscribe == SubscribeType.NONE:
            session.accounts.pop(account_id, None)
        else:
            session.accounts[account_id] = mode
            desk.books.feed.snapshot(session, account_id, call.now)


def _barred(session: Session, account_id: str) -> Refusal | None:
    """Why a session may not trade an account."""
    if account_id not in {each.account_id for each in session.user.accounts}:
        return Refusal(f"account {account_id} is not known", Sort.RISK)
    if account_id not in session.accounts:
        return Refusal(f"account {account_id} is not subscribed", Sort.RISK)
    return None


# --- submissions --------------------------------------------------------------------------


def submit(call: Call, body: Any) -> None:
    """`order_submit`: no answer but the events of its orders."""
    submission = _read(call, body)
    trader = call.venue.desk.trader

    def step(now: Moment) -> None:
        trader.submit(submission, call.session, now)

    call.venue.desk.do(step, call.now)


def _read(call: Call, body: Any) -> Submission:
    submission = read_submission(body, call.venue.market, call.session.price_format)
    barred = _barred(call.session, submission.account_id)
    if barred is None:
        return submission
    refusals = dict.fromkeys(range(len(submission.tickets)), barred)
    return attrs.evolve(submission, refusals=refusals)


def batch(call: Call, body: Any) -> None:
    """`order_batch`: all of it or nothing, and the acknowledgement before any event."""
    submissions = [_read(call, each) for each in body.submissions[:SUBMISSIONS_MAX]]
    errors = [
        error
        for index, each in enumerate(submissions)
        for error in _batch_errors(call.venue.desk, index, each)
    ]
    if not submissions or len(body.submissions) > SUBMISSIONS_MAX:
        errors.append(
            _error(-1, -1, "", "", f"a batch has from 1 to {SUBMISSIONS_MAX} submissions")
        )
    if errors:
        _reject_batch(call, body, errors)
        return

    def step(now: Moment) -> None:
        taken = [
            call.venue.desk.trader.submit(each, call.session, now, body.batch_id)
            for each in submissions
        ]
        _acknowledge(call, body.batch_id, submissions, taken)

    call.venue.desk.do(step, call.now)


def _batch_errors(desk: Desk, index: int, submission: Submission) -> Iterable[dict[str, Any]]:
    account_id, market_id = submission.account_id, submission.listing.market_id
    if not submission.tickets:
        yield _error(index, -1, account_id, market_id, "the submission has no orders")
        return
    reasons = {each.text for each in submission.refusals.values()}
    if len(submission.refusals) == len(submission.tickets) and len(reasons) == 1:
        yield _error(index, -1, account_id, market_id, next(iter(reasons)))
        return
    for place, ticket in enumerate(submission.tickets):
        refusal = submission.refusals.get(place)
        if refusal is None and account_id in desk.books.ledgers and not submission.refusals:
            refusal = desk.trader.checked(account_id, submission.listing, ticket)
        if refusal is not None:
            yield _error(index, place, account_id, market_id, refusal.text)


def _error(
    submission: int, order: int, account_id: str, market_id: str, reason: str
) -> dict[str, Any]:
    return {
        "submission_index": submission,
        "order_index": order,
        "account_id": account_id,
        "market_id": market_id,
        "reason": reason,
    }


def _reject_batch(call: Call, body: Any, errors: list[dict[str, Any]]) -> None:
    answer = messages.OrderBatchReject(
        batch_id=body.batch_id, reason="an order of the batch is refused", errors=errors
    )
    call.answer("order_batch_reject", answer)
    for each in body.submissions:
        for order in each.orders:
            call.venue.desk.books.testimony.refused(order.tag, call.now, "batch refused")


def _acknowledge(
    call: Call, batch_id: str, submissions: list[Submission], taken: list[list[Order]]
) -> None:
    accepted = [
        {
            "account_id": each.account_id,
            "market_id": each.listing.market_id,
            "unique_id": [order.unique_id for order in orders],
        }
        for each, orders in zip(submissions, taken, strict=True)
    ]
    answer = messages.OrderBatchAcknowledge(batch_id=batch_id, accepted=accepted)
    call.answer("order_batch_acknowledge", answer)


# --- changes ------------------------------------------------------------------------------


def pull(call: Call, body: Any) -> None:
    """`order_pull`."""
    _change(call, body, body.pulls, Change.PULL_FAILED, _pull)


def revise(call: Call, body: Any) -> None:
    """`order_revise`."""
    _change(call, body, body.revisions, Change.REVISION_FAILED, _revise)


def _change(call: Call, body: Any, wishes: Any, failure: Change, carry_out: Any) -> None:
    """Carry out each wish on its order; without a market the whole message is dropped in silence."""
    if not body.market_id:
        call.venue.log.append("dropped", call.now, why="no market_id", account_id=body.account_id)
        return
    barred = _barred(call.session, body.account_id)
    desk = call.venue.desk
    for wish in wishes[:CHANGES_MAX]:
        order = desk.books.find(body.account_id, wish.unique_id)
        if order is None or order.market_id != body.market_id or barred is not None:
            text = "the order is not known" if barred is None else barred.text
            failed = _failure(body, wish.unique_id, failure, text)
            desk.do(partial(_tell_failure, call, failed), call.now)
        else:
            desk.do(partial(carry_out, call, order, wish), call.now)


def _failure(body: Any, unique_id: str, change: Change, text: str) -> dict[str, Any]:
    """A wish for an order that the venue does not find."""
    return {
        "unique_id": unique_id,
        "account_id": body.account_id,
        "market_id": body.market_id,
        "change": int(change),
        "status": int(Status.NO_CHANGE),
        "status_detail": text,
    }


def _tell_failure(call: Call, failed: dict[str, Any], now: Moment) -> None:
    """Only who asked hears of it."""
    event = {"order_update_failed": filled_in({**failed, "time": stamp(now.wall_ns)})}
    announcer = call.venue.desk.books.announcer
    announcer.say(call.session, failed["account_id"], failed["market_id"], event)


def _pull(call: Call, order: Order, wish: Any, now: Moment) -> None:
    del wish
    call.venue.desk.changes.pull(order, now)


def _revise(call: Call, order: Order, wish: Any, now: Moment) -> None:
    desk = call.venue.desk
    try:
        wanted = read_wanted(wish, order.listing, call.session.price_format)
    except Refusal as refusal:
        desk.trader.refuse_revision(order, refusal.text, now, failed=True)
        return
    desk.changes.revise(order, wanted, now)


# --- spreads ------------------------------------------------------------------------------


def create_uds(call: Call, body: Any) -> None:
    """`create_uds`: a new market, or the one that is there already."""
    barred = _barred(call.session, body.account_id)
    try:
        if barred is not None:
            raise barred
        listing, is_new = call.venue.desk.spreads.create(body, call.now)
    except Refusal as refusal:
        _answer_uds(call, body.request_id, UdsStatus.FAILED, refusal.text, "")
        return
    if is_new:
        call.venue.desk.trader.waiting.know(
            listing.market_id, call.venue.market.states[listing.market_id].mode
        )
    status = UdsStatus.SUCCESS if is_new else UdsStatus.ALREADY_EXISTS
    _answer_uds(call, body.request_id, status, "", listing.market_id)


def _answer_uds(
    call: Call, request_id: str, status: UdsStatus, detail: str, market_id: str
) -> None:
    answer = messages.CreateUDSResponse(
        request_id=request_id, status_detail=detail, MarketRef=market_id, uds_status=int(status)
    )
    call.answer("create_uds_response", answer)


HANDLERS: Final[dict[str, Handler]] = {
    "account_subscribe": subscribe,
    "order_submit": submit,
    "order_batch": batch,
    "order_pull": pull,
    "order_revise": revise,
    "create_uds": create_uds,
}
