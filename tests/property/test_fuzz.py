"""Every decoder against thousands of spoilt inputs: it reads them, or refuses them by its own error.

Budgets are small by default and raised for all decoders at once: see `tests/kit/fuzzing.py` and
`tests/README.md`. Venues' parsers have theirs beside their own tests (`test_fuzz.py` of each venue).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from engine.errors import BadEnvelope, EngineError, RemoteProtocolError
from engine.journal import scan
from engine.messages.codec import decode, encode
from engine.messages.operator import OperatorRequest
from engine.messages.venue import UpdateKind
from engine.orders import records
from engine.orders.dump import dump
from engine.session import strictjson
from tests.kit.fuzzing import hostile
from tests.kit.journal import pieces
from tests.kit.messages import engine_kinds, example
from tests.kit.orders import Bench

MESSAGES = 5_000
RECORDS = 3_000
FILES = 2_000
TEXTS = 3_000
REQUESTS = 1_000


def messages() -> list[bytes]:
    return [encode(example(kind)) for kind in engine_kinds()]


def lived() -> Bench:
    """A router with an open order, a fill and a position."""
    bench = Bench()
    bench.greet("alpha")
    bench.open_venue()
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    bench.fill(order, "f1", "4")
    return bench


def json_texts() -> list[bytes]:
    values = [
        {"price": "1.5", "size": 3, "levels": [[1.0, 2], [3, 4e-7]], "text": "a\u00e9\n"},
        [None, True, False, -1, 12345678901234567, "\\ud83d\\ude00"],
    ]
    return [json.dumps(each).encode() for each in values]


def exact(data: bytes) -> object:
    return strictjson.loads(data, exact=True)


def market(data: bytes) -> object:
    return strictjson.loads(data, exact=False)


DECODERS: dict[
    str, tuple[Callable[[bytes], object], type[EngineError], Callable[[], Sequence[bytes]], int]
] = {
    "messages": (decode, BadEnvelope, messages, MESSAGES),
    "records": (records.from_bytes, BadEnvelope, lambda: lived().journal, RECORDS),
    "json of orders": (exact, RemoteProtocolError, json_texts, TEXTS),
    "json of market data": (market, RemoteProtocolError, json_texts, TEXTS),
}


@pytest.mark.parametrize("name", DECODERS)
def test_spoilt_bytes_are_read_or_refused(name: str):
    """Nothing but the decoder's own error comes out of it, whatever goes in."""
    read, refusal, seeds, count = DECODERS[name]
    refused = 0
    for word, data in hostile(seeds(), count):
        try:
            read(data)
        except refusal:
            refused += 1
        except Exception as error:
            raise AssertionError(f"{name}, {word}: {data.hex()}") from error
    assert refused


def test_a_spoilt_journal_gives_the_records_before_the_damage():
    """T-071: what is recovered is a prefix of what was written, and no input raises anything else."""
    bodies = [b"record %d" % number for number in range(8)]
    whole = b"".join(pieces(bodies))
    for word, data in hostile([whole], FILES):
        try:
            found = [record.body for record in scan(data).records]
        except EngineError:
            continue
        except Exception as error:
            raise AssertionError(f"{word}: {data.hex()}") from error
        assert found == bodies[: len(found)], word


def argument_texts(verbs: Sequence[str]) -> list[bytes]:
    values: list[dict[str, Any]] = [
        {},
        {"venue": "testvenue", "fill_key": "f1"},
        {"account": "testvenue.live", "fill_key": "f1", "dry_run": True},
        {"scope": "engine", "level": "halted", "limit": 10},
        {"client_order_id": "x", "lifecycle": "cancelled"},
        {"orders": ["x", "y"], "owner": "alpha", "all_of": "testvenue"},
        {"scope": "strategy:alpha", "limit": "max_position", "value": "5", "expires_s": 1e9},
        {"instrument": "BTCUSDT.TESTVENUE", "quantity": "1", "price": "1e5", "strategy": "alpha"},
    ]
    return [f"{verb} {json.dumps(each)}".encode() for verb in verbs for each in values]


def test_spoilt_requests_of_operators_are_answered():
    """Each gets an answer, refused or not, and the router's state can still be told and replayed."""
    bench = lived()
    desk = bench.core._operator
    verbs = [*desk._questions, *desk._verbs, *desk._acting.verbs]
    for word, data in hostile(argument_texts(verbs), REQUESTS):
        verb, _, text = data.decode("utf-8", "replace").partition(" ")
        asked = OperatorRequest(request_id=word, verb=verb, arguments=text, reason="fuzz")
        try:
            _, answers = bench.core.operate(asked, "operator", bench.now)
        except Exception as error:
            raise AssertionError(f"{word}: {asked}") from error
        assert answers, word
    assert dump(Bench(journal=list(bench.journal)).core.book)
