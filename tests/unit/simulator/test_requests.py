"""Targets and queries: whatever bytes a client puts there, they are split."""

from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from engine.simulator.requests import FIELDS_MAX, Request, fields_of, split_target
from engine.simulator.upgrades import is_upgrade, target


@given(st.binary(max_size=200))
def test_any_target_is_split(raw):
    """Whatever stands between the method and the version, and whatever is no request at all."""
    path, query = split_target(raw)
    assert path.encode("latin-1") == raw.partition(b"?")[0]
    assert isinstance(fields_of(query), dict)
    assert target(b"GET " + raw.replace(b" ", b"") + b" HTTP/1.1")[0] is not None
    target(raw)
    is_upgrade(raw)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=5))
def test_fields_are_what_was_encoded(fields):
    """Empty values too."""
    assert Request(method="GET", path="/", query=urlencode(fields)).fields == fields


def test_too_many_fields_are_none():
    """No query costs more than its bound."""
    assert len(fields_of("&".join(f"a{n}=1" for n in range(FIELDS_MAX)))) == FIELDS_MAX
    assert fields_of("&".join(f"a{n}=1" for n in range(FIELDS_MAX + 1))) == {}
