import random
from contextlib import suppress

import pytest

from engine.errors import RemoteProtocolError
from engine.session.strictjson import loads


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}{}",
        "NaN",
        "[Infinity]",
        '{"a":-Infinity}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 5001,
        "[12345678901234567890123]",
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"a\nb"',
        "[1_000]",
        "[\uff11]",
        "[01]",
        "{'a':1}",
    ],
)
def test_hostile_input_is_one_error(text, exact):
    """Whatever is not plain finite JSON is a RemoteProtocolError and nothing else."""
    with pytest.raises(RemoteProtocolError):
        loads(text, exact=exact)


def test_errors_do_not_show_the_payload():
    """An error names the place, not the content, which may be a secret."""
    with pytest.raises(RemoteProtocolError) as caught:
        loads('{"secret": hunter2}', exact=True)
    assert "hunter2" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_exact_keeps_the_digits_of_money():
    """Numbers with a fraction or exponent stay the text they were, integers are integers."""
    assert loads('{"p":0.10000000000000000001,"e":1e999,"n":7}', exact=True) == {
        "p": "0.10000000000000000001",
        "e": "1e999",
        "n": 7,
    }


def test_market_numbers_are_finite_floats():
    """Market data gives floats; one that would be infinite is refused."""
    assert loads("[1.5,-2e3,7]", exact=False) == [1.5, -2000.0, 7]
    with pytest.raises(RemoteProtocolError):
        loads("[1e999]", exact=False)


def test_exact_refuses_a_key_named_twice():
    """An object that names a key twice has no one meaning."""
    assert loads('{"a":1,"a":2}', exact=False) == {"a": 2}
    with pytest.raises(RemoteProtocolError):
        loads('{"b":[{"a":1,"a":2}]}', exact=True)


def test_whole_surrogate_pairs_pass():
    """A character beyond the basic plane may be written as an escaped pair."""
    assert loads('"\\ud83d\\ude00 \\u20ac"', exact=False) == "😀 €"


def test_size_is_judged_before_parsing():
    """A text beyond the limit is refused by its length alone."""
    with pytest.raises(RemoteProtocolError, match="limit is 10"):
        loads("[" + " " * 20 + "]", exact=False, bytes_max=10)


def test_bytes_and_text_agree():
    """The same document gives the same value from bytes and from str."""
    text = '{"sym":"BTCUSDT","ä":[1.25,"30107.7"]}'
    assert loads(text, exact=False) == loads(text.encode(), exact=False)


def test_fuzz_gives_values_or_the_one_error():
    """Mutated documents never raise anything else (seeded)."""
    rng = random.Random(41)
    seed = b'{"group":"futures/order","data":[{"a":1.5,"b":[null,true,"\\u20ac"],"c":-3e2}]}'
    for _ in range(20_000):
        data = bytearray(seed)
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with suppress(RemoteProtocolError):
            loads(bytes(data), exact=bool(rng.randrange(2)))
