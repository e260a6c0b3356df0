"""One reconciliation: the day's orders, the account, the contracts, and what follows for positions.

Trades cannot be asked for: they come by the replay after the login, which has no end mark. So the replay
counts as over when nothing has come for a while, and it is checked: of every order the trades must add
up to the volume that the query shows. Positions are the seed and the day's trades; `unproven` says when
nobody vouches for them.
"""

from collections.abc import Generator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import attrs

from actors.venues.webctp.account import Account, account_in
from actors.venues.webctp.codes import Kind
from actors.venues.webctp.orderscontracts import Contracts, listed_in
from actors.venues.webctp.ordersday import DayOrders
from actors.venues.webctp.ordersnews import mark_told, venue_fills, venue_order
from actors.venues.webctp.orderspolicy import OrderPolicy
from actors.venues.webctp.orderssweep import Sweep
from actors.venues.webctp.positionsproof import Proof
from actors.venues.webctp.symbols import id_of, symbol_at_venue
from actors.venues.webctp.turns import Outcome, Rank, Request, Row
from engine.errors import RemoteProtocolError
from engine.messages.venue import ReconcilePart, ReconcileRequest, VenuePosition
from engine.model.money import ZERO
from engine.session.contract import Note, Now
from engine.session.findings import Findings, failed_part, parts_of

CONTRACTS_ASKED_MAX: Final = 50
"""Contracts that one reconciliation asks for, one query each; of more the next one does."""
LOOKS_MAX: Final = 4
"""Looks at whether all trades have come, a pause apart."""
CHINA: Final = timezone(timedelta(hours=8))


@attrs.frozen
class Pause:
    """Go on after so many seconds."""

    seconds: float


Step = Request | Pause
Asking = Generator[Step, Any, list[object]]
"""Is sent `(rows, ended, now)` after a request and `((), None, now)` after a pause; returns effects."""


@attrs.frozen(eq=False)
class ReconcileTag:
    """Of the requests of a reconciliation."""

    what: str


@attrs.define(eq=False)
class Ground:
    """What a reconciliation works on."""

    day: DayOrders
    contracts: Contracts
    policy: OrderPolicy
    proof: Proof
    heard_ns: int = 0
    """When an order or a trade was last told."""


def reconcile(request: ReconcileRequest, ground: Ground, now: Now) -> Asking:
    """The job; ends with the `ReconcilePart`s, after which everything in them counts as told."""
    since_ns = _day_start_ns(ground.day.trading_day)
    now = yield from _quiet(ground, now)
    sweep = Sweep(now.mono_ns)
    looks = 0
    while True:
        _, end, now = yield sweep.request()
        sweep.ended(end, ground.day)
        if not sweep.whole:
            return [failed_part(request, f"orders: {sweep.reason}")]
        looks += 1
        if looks >= LOOKS_MAX or not any(order.owes for order in ground.day):
            break
        _, _, now = yield Pause(ground.policy.quiet_s)
        sweep = Sweep(now.mono_ns)
    rows, end, now = yield _query("query_trading_account", Kind.TRADING_ACCOUNT)
    if end.outcome is not Outcome.DONE or not rows:
        return [failed_part(request, f"the account: {end.outcome} {end.code} {end.text}")]
    try:
        account = account_in(rows[-1].message.info)
    except RemoteProtocolError as error:
        return [failed_part(request, str(error))]
    notes: list[object] = []
    symbols = [symbol_at_venue(each) for each in request.instruments]
    symbols += ground.day.positions.instruments
    for symbol in ground.contracts.missing(symbols)[:CONTRACTS_ASKED_MAX]:
        if ground.contracts.unverifiable:
            break
        exchange = ground.contracts.exchange(symbol)
        data = {"exchange": exchange, "instrument": symbol}
        rows, end, now = yield _query("query_instrument", Kind.QUERY_INSTRUMENT, data)
        if end.complaint:
            ground.contracts.unverifiable = True
            notes.append(Note("contracts_unverifiable", end.text, alert=True))
        elif end.outcome is not Outcome.DONE:
            return [*notes, failed_part(request, f"{symbol}: {end.outcome} {end.code} {end.text}")]
        else:
            notes += learned(ground.contracts, symbol, rows)
    return [*notes, *_answer(request, ground, account, since_ns, now)]


def learned(contracts: Contracts, symbol: str, rows: Sequence[Row]) -> list[object]:
    """Take the counter's description of a contract."""
    notes: list[object] = []
    for row in rows:
        try:
            listed = listed_in(row.message.info)
        except RemoteProtocolError as error:
            notes.append(Note("contract_unreadable", f"{symbol}: {error}", alert=True))
            continue
        if listed.symbol == symbol and (words := contracts.learn(listed)):
            notes.append(Note("contract_differs", words, alert=True))
    if contracts.get(symbol) is None:
        contracts.absent(symbol)
    return notes


def _quiet(ground: Ground, now: Now) -> Generator[Step, Any, Now]:
    """Wait until the replay after the login has ended, as far as silence tells."""
    quiet_ns = int(ground.policy.quiet_s * 1e9)
    while now.mono_ns < ground.heard_ns + quiet_ns:
        left_ns = ground.heard_ns + quiet_ns - now.mono_ns
        _, _, now = yield Pause(left_ns / 1e9)
    return now


def _query(op: str, answer: Kind, data: dict[str, str] | None = None) -> Request:
    return Request(op=op, data=data or {}, rank=Rank.QUERY, answer=answer, tag=ReconcileTag(op))


def _answer(
    request: ReconcileRequest, ground: Ground, account: Account, start_ns: int, now: Now
) -> list[object]:
    day = ground.day
    shown = [order for order in day if order.shown]
    owing = day.owing
    margin_said = ground.proof.look(account)
    since_ns = request.since_ns
    if not day.proven:
        # Of earlier days nothing is known; what is absent may have traded then.
        since_ns = max(since_ns, min(start_ns, now.wall_ns))
    findings = Findings(
        orders=tuple(venue_order(order, day.name_of(order), now) for order in shown),
        fills=tuple(fill for order in shown for fill in venue_fills(order, day.name_of(order))),
        positions=_positions(ground),
        balances=(account.balance(),),
        complete=not owing and not day.strays,
        since_ns=since_ns,
    )
    for order in shown:
        mark_told(order, day.name_of(order))
    parts: list[ReconcilePart] = parts_of(request, findings)
    parts[-1] = attrs.evolve(parts[-1], unproven=ground.proof.unproven())
    notes: list[object] = []
    if owing:
        words = f"{len(owing)} orders traded more than the trades that came"
        notes.append(Note("trades_missing", words, alert=True))
    if margin_said:
        notes.append(Note("margin_differs", margin_said, alert=True))
    return [*notes, *parts]


def _positions(ground: Ground) -> tuple[VenuePosition, ...]:
    """Net positions; those that came to nothing too, because the day knows of them."""
    book = ground.day.positions
    found = []
    for symbol in book.instruments:
        net = book.net(symbol)
        sides = [lots for name, held, lots in book if name == symbol and held.sign * net > 0]
        avg_px = sides[0].avg_px if sides else ZERO
        found.append(VenuePosition(instrument=id_of(symbol), quantity=ZERO + net, avg_px=avg_px))
    return tuple(found)


def _day_start_ns(trading_day: str) -> int:
    """Midnight in China of the trading day: what is claimed to be known reaches back at least to it."""
    try:
        day = datetime.strptime(trading_day, "%Y%m%d").replace(tzinfo=CHINA)
    except ValueError:
        return 0
    return int(day.timestamp()) * 1_000_000_000
