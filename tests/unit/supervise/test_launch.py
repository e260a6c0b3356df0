"""The launch spec: what goes into the pipe comes out, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadEnvelope, ConfigError, LimitExceeded, LocalProtocolError
from engine.model.enums import Mode
from engine.supervise.launch import SPEC_BYTES_MAX, LaunchSpec, PeerKey, pack, unpack
from engine.supervise.specs import Limits

TEXT = st.text(max_size=20)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | TEXT
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
SPECS = st.builds(
    LaunchSpec,
    name=TEXT,
    kind=TEXT,
    module=TEXT,
    mode=st.sampled_from(Mode),
    boot=st.integers(0, 2**63 - 1),
    run_dir=TEXT,
    log_file=TEXT,
    public_key=TEXT,
    secret_key=TEXT,
    servers=st.dictionaries(TEXT, TEXT, max_size=3),
    peers=st.dictionaries(
        TEXT,
        st.lists(st.builds(PeerKey, key=TEXT, name=TEXT, role=TEXT), max_size=3).map(tuple),
        max_size=2,
    ),
    settings=st.dictionaries(TEXT, PLAIN, max_size=3),
    secrets=st.dictionaries(TEXT, TEXT, max_size=3),
    limits=st.builds(
        Limits,
        memory_mib=st.none() | st.integers(1, 2**20),
        files=st.integers(1, 2**20),
        processes=st.none() | st.integers(1, 100),
    ),
    published_before=st.dictionaries(TEXT, PLAIN, max_size=3),
)


@given(SPECS)
def test_a_spec_survives_the_pipe(spec: LaunchSpec) -> None:
    """Packing and unpacking gives an equal spec."""
    assert unpack(pack(spec)) == spec


def a_spec(**fields) -> LaunchSpec:
    given_fields = {"name": "a", "kind": "session", "module": "m", "mode": Mode.PAPER, "boot": 1}
    keys = {"run_dir": "d", "public_key": "p" * 40, "secret_key": "hunter2" + "s" * 33}
    return LaunchSpec(**given_fields | keys | fields)


def test_half_a_spec_is_no_spec() -> None:
    """Whatever is cut off (the supervisor died while writing) is refused as such."""
    whole = pack(a_spec(settings={"a": [1, 2, 3]}))
    for length in range(len(whole)):
        with pytest.raises(BadEnvelope):
            unpack(whole[:length])


def test_other_fields_are_refused() -> None:
    """A mapping that is no launch spec is refused with the problem."""
    with pytest.raises(ConfigError):
        unpack(b"\x81\xa1a\x01")


def test_a_spec_too_large_is_refused_by_the_sender() -> None:
    """The limit is checked before anything is started."""
    with pytest.raises(LimitExceeded):
        pack(a_spec(settings={"blob": "x" * SPEC_BYTES_MAX}))


@pytest.mark.parametrize("value", [object(), 2**70, {"deep": object()}])
def test_settings_that_cannot_be_packed_are_refused_by_the_sender(value: object) -> None:
    """A value that is no plain one is the fault of whoever built the tree, and said so."""
    with pytest.raises(LocalProtocolError, match="settings of a cannot be packed"):
        pack(a_spec(settings={"x": value}))


def test_printing_a_spec_shows_no_secret() -> None:
    """Neither the key nor any secret stands in the repr."""
    text = repr(a_spec(secrets={"api": "hunter3"}))
    assert "hunter" not in text
