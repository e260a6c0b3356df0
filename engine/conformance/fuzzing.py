"""T-041: spoilt frames and answers to every kind of protocol, in every state that its transcripts lead through.

Whatever arrives, a protocol returns effects that may travel, or raises one of the errors that the
contract allows. Inputs follow from a seed; a failure names seed and number, so it can be had again.
"""

import gc
from pathlib import Path
from random import Random
from typing import Any

import attrs
import trio

from engine.conformance.case import Effort
from engine.conformance.hostile import spoilt
from engine.conformance.package import VenuePackage
from engine.conformance.tapes import Played, Tape, tapes_of, wound
from engine.conformance.transcripts import NO_MESSAGES
from engine.conformance.verdict import NotConformantError, demand
from engine.errors import LimitExceeded, RemoteProtocolError
from engine.messages.codec import encode
from engine.session.contract import (
    CallFailure,
    Connect,
    Drop,
    GiveUp,
    HttpResponse,
)

INPUTS_PER_STATE = 150
"""Inputs to one protocol before the next tape is wound."""

ANSWERS = 0.3
"""Share of the inputs that answer an HTTP call, where one waits."""

SPOILT_BEFORE = 0.5
"""Share of the answers that are spoilt while a protocol asks for what it needs before its stream."""

OPENERS_MAX = 16

STEP_S = 0.01
DUE_EVERY = 20
CALLS_MAX = 200
"""HTTP calls that wait for an answer; older ones stay without one."""

STATUSES = (200, 200, 200, 400, 401, 403, 404, 429, 500, 503)

GROWTH_MIB_MAX = 64
"""Memory that all inputs together may leave behind."""

_ALLOWED = (RemoteProtocolError, LimitExceeded)
_STATM = Path("/proc/self/statm")
_PAGE_BYTES = 4096


@attrs.define
class Pool:
    """What inputs are made of.

    Attributes:
        frames, bodies: what the venue sends and answers in the transcripts.
        openers: answers that were seen to let a protocol open its stream.
    """

    frames: list[str | bytes]
    bodies: list[bytes]
    openers: list[bytes] = attrs.field(factory=list)


@attrs.define
class Tally:
    """How inputs ended; both ways must have been exercised."""

    taken: int = 0
    refused: int = 0


async def outlives_hostile_input(package: VenuePackage, effort: Effort) -> None:
    """Only effects that may travel and errors of the taxonomy; memory is bounded."""
    tapes = tapes_of(package.folder, package.venue)
    demand(tapes, "there are no transcripts to make hostile input of")
    before_mib = resident_mib()
    for kind in sorted({tape.kind for tape in tapes}):
        tally = _fuzz([tape for tape in tapes if tape.kind == kind], kind, effort)
        demand(tally.taken and tally.refused, f"{kind}: {tally}: one outcome was never seen")
        await trio.lowlevel.checkpoint()
    grown_mib = resident_mib() - before_mib
    if grown_mib > GROWTH_MIB_MAX:
        gc.collect()  # what only waits for its collection was not left behind
        grown_mib = resident_mib() - before_mib
    demand(grown_mib <= GROWTH_MIB_MAX, f"{effort.inputs} inputs left {grown_mib:.0f} MiB behind")


def resident_mib() -> float:
    """Memory of this process."""
    return int(_STATM.read_text().split()[1]) * _PAGE_BYTES / (1 << 20)


def _fuzz(tapes: list[Tape], kind: str, effort: Effort) -> Tally:
    pool = Pool(
        frames=[frame for tape in tapes for frame in tape.frames],
        bodies=[body for tape in tapes for body in tape.bodies] or [b"{}"],
    )
    demand(pool.frames, f"no transcript shows a frame of the {kind} protocol")
    tally = Tally()
    for first in range(0, effort.inputs, INPUTS_PER_STATE):
        rng = Random(f"{effort.seed}:{kind}:{first}")  # noqa: S311 - reproducible, no secret
        tape = rng.choice(tapes)
        played = wound(tape, rng.randint(1, len(tape.steps)))
        for number in range(first, min(first + INPUTS_PER_STATE, effort.inputs)):
            try:
                _one(played, rng, pool, tally)
            except Exception as error:
                raise NotConformantError(
                    f"{kind} protocol, seed {effort.seed}, input {number} (after {tape.path.name}): "
                    f"{type(error).__name__}: {error}"
                ) from error
            if number % DUE_EVERY == 0:
                _check(played, played.protocol.due(played.now))
    return tally


def _one(played: Played, rng: Random, pool: Pool, tally: Tally) -> None:
    played.later(STEP_S)
    if not played.is_open and not played.calls:
        _reconnect(played)
    try:
        if played.calls and (not played.is_open or rng.random() < ANSWERS):
            effects = _answer(played, rng, pool)
        elif played.is_open:
            effects = played.protocol.received(spoilt(rng.choice(pool.frames), rng), played.now)
        else:
            return
    except _ALLOWED:
        tally.refused += 1
        _reconnect(played)
        return
    tally.taken += 1
    _check(played, effects)
    if any(isinstance(effect, Drop | GiveUp) for effect in effects):
        _reconnect(played)


def _answer(played: Played, rng: Random, pool: Pool) -> Any:
    """Answer a call that waits, or let it fail; an answer that cannot be read fails it, as the driver does."""
    call_id = played.calls.pop(rng.randrange(len(played.calls)))
    if rng.random() < 0.1:
        failure = CallFailure(not_sent=rng.random() < 0.5, reason="spoilt")
        return played.protocol.failed(call_id, failure, played.now)
    response = _response(rng, pool, opening=not played.is_open)
    try:
        effects = played.protocol.answered(call_id, response, played.now)
    except RemoteProtocolError as error:
        failure = CallFailure(not_sent=False, reason=str(error))
        return played.protocol.failed(call_id, failure, played.now)
    if len(pool.openers) < OPENERS_MAX and any(isinstance(each, Connect) for each in effects):
        pool.openers.append(response.body)
    return effects


def _response(rng: Random, pool: Pool, *, opening: bool) -> HttpResponse:
    """An answer: mostly spoilt, mostly good where a stream is still to be opened by it."""
    if opening and pool.openers and rng.random() > SPOILT_BEFORE:
        return HttpResponse(200, {}, rng.choice(pool.openers))
    body: str | bytes = rng.choice(pool.bodies)
    if not opening or rng.random() < SPOILT_BEFORE:
        body = spoilt(body, rng)
    raw = body.encode(errors="replace") if isinstance(body, str) else body
    return HttpResponse(rng.choice(STATUSES), {}, raw)


def _reconnect(played: Played) -> None:
    """As the driver would: the connection ends, and the next one opens when the protocol is ready for it."""
    played.moved("lost")
    _check(played, played.protocol.lost("spoilt input", played.now))
    if played.prepares:
        _check(played, played.protocol.prepare(played.now))
    else:
        _open(played)


def _open(played: Played) -> None:
    played.moved("opened")
    _check(played, played.protocol.opened(played.now))


def _check(played: Played, effects: Any) -> None:
    for effect in effects:
        if not isinstance(effect, NO_MESSAGES):
            encode(effect)
    played.take(effects)
    del played.calls[:-CALLS_MAX]
    if played.may_open:
        _open(played)
