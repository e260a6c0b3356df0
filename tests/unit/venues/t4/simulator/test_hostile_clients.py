"""Whatever a client sends, the simulator goes on: one process serves all of its clients."""

import random
import string
from typing import Any

import pytest

from actors.venues.t4.simulator import DEFAULT_USER, messages
from engine.simulator.protobuf import ONEOF
from tests.kit.t4_simulator import CL, ES, OVER, SPREAD, Line, Still, by_key

ROUNDS = 1_500
WORDS = [
    "",
    ES,
    CL,
    SPREAD,
    OVER,
    "CME_Eq",
    "CME_Ny",
    "ES",
    "CL",
    "4800",
    "4800.25",
    "-1",
    "NaN",
    "1e30",
    "x" * 300,
    DEFAULT_USER.user_id,
    *(each.account_id for each in DEFAULT_USER.accounts),
]
NUMBERS = [0, 1, -1, 2, 3, 4, 6, 8, 10, 100, 255, 2**31 - 1, -(2**31)]
REQUESTS = [
    field.name
    for field in messages.ClientMessage.DESCRIPTOR.fields
    if field.name not in ("heartbeat", "login_request")
]


def made_up(rng: random.Random, kind: Any) -> Any:
    """A message with some of its fields, each with a value that may mean something."""
    message = kind()
    for field in kind.DESCRIPTOR.fields:
        if rng.random() < 0.25:
            continue
        for _ in range(rng.choice((1, 1, 2)) if field.is_repeated else 1):
            put(rng, message, field)
    return message


def put(rng: random.Random, message: Any, field: Any) -> None:
    """One value of one field."""
    if field.message_type is not None:
        if field.is_repeated:
            inner = getattr(message, field.name).add()
        else:
            inner = getattr(message, field.name)
            inner.SetInParent()
        inner.CopyFrom(made_up(rng, type(inner)))
        return
    value: Any = rng.choice(NUMBERS)
    if field.type == field.TYPE_STRING:
        value = rng.choice([*WORDS, "".join(rng.choices(string.printable, k=5))])
    elif field.type == field.TYPE_BOOL:
        value = rng.random() < 0.5
    elif field.type == field.TYPE_DOUBLE:
        value = rng.choice((0.0, -1.5, 1e300, float("nan")))
    if field.is_repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def opened() -> tuple[Still, Line]:
    """A venue with a book, and a session that is subscribed to its accounts."""
    venue = Still(sessions_per_user=4)
    venue.book({19_199 - place: 5 for place in range(5)}, {19_201 + place: 5 for place in range(5)})
    line = venue.line(**by_key())
    line.say("account_subscribe", subscribe=2, subscribe_all_accounts=True, upl_mode=1)
    return venue, line


@pytest.mark.parametrize("name", REQUESTS)
def test_requests_with_values_that_make_no_sense(name):
    """Each is answered, refused or passed over; the venue moves on between them."""
    rng = random.Random(f"hostile {name}")
    venue, line = opened()
    kind = type(getattr(messages.ClientMessage(), name))
    for step in range(ROUNDS):
        request = messages.ClientMessage(**{name: made_up(rng, kind)})
        assert request.WhichOneof(ONEOF) == name
        line.raw(request.SerializeToString())
        if step % 50 == 0:
            venue.wait(0.3)
            venue.book({19_200: 3, 19_190: 4}, {19_201: 3, 19_210: 4})
    assert not line.ended
    ((name, token),) = line.say("authentication_token_request", request_id="alive")[-1:]
    assert (name, token["request_id"]) == ("authentication_token", "alive")


def test_bytes_that_are_no_message():
    """They end their own connection, or mean nothing."""
    rng = random.Random("bytes")
    venue = Still(sessions_per_user=10_000)
    for _ in range(ROUNDS):
        line = venue.line(login=False)
        line.raw(rng.randbytes(rng.randint(0, 40)))
        line.connection.gone()
