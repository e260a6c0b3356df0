"""Client order ids."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigError, LimitExceeded
from engine.orders.ids import COUNTER_LEAST, id_scheme
from engine.session.declaration import ClientOrderIdRule

RULES = [
    ClientOrderIdRule(length_max=32, alphabet=string.ascii_letters + string.digits),
    ClientOrderIdRule(length_max=36, alphabet=string.ascii_letters + string.digits + "-_"),
    ClientOrderIdRule(length_max=18, alphabet=string.digits),
    ClientOrderIdRule(length_max=12, alphabet=string.digits),
    ClientOrderIdRule(length_max=12, alphabet=string.ascii_uppercase + string.digits),
    ClientOrderIdRule(length_max=40, alphabet="01"),
]
BOOTS = st.integers(1, 5_000)
COUNTERS = st.integers(1, COUNTER_LEAST - 1)


@pytest.mark.parametrize("rule", RULES)
@given(salt=st.integers(0, 2**63 - 1), boot=BOOTS, counter=COUNTERS)
def test_fits_the_rule(rule, salt, boot, counter):
    """An id has only characters the venue takes, is short enough, and begins with no zero."""
    scheme = id_scheme(rule)
    made = scheme.make(scheme.prefix(salt, boot), counter)
    assert len(made) == scheme.length <= rule.length_max
    assert set(made) <= set(rule.alphabet)
    assert not made.startswith("0")


@pytest.mark.parametrize("rule", RULES)
@given(salt=st.integers(0, 2**63 - 1), boot=BOOTS, counter=COUNTERS)
def test_an_id_is_known_by_its_salt(rule, salt, boot, counter):
    """What was made is read again, in every boot; cut or lengthened it is no id of ours."""
    scheme = id_scheme(rule)
    made = scheme.make(scheme.prefix(salt, boot), counter)
    assert scheme.salt_of(made) == scheme.prefix(salt, 1)[: scheme.salt_width]
    assert scheme.salt_of(made[1:]) == scheme.salt_of(made + made[-1]) == scheme.salt_of("") == ""


@pytest.mark.parametrize("boot", ["0000", "zzzz"])
def test_an_id_of_somebody_else_is_not_ours(boot):
    """As long as ours and of the same letters, but of a boot that no journal has."""
    scheme = id_scheme(RULES[0])
    ours = scheme.make(scheme.prefix(77, 3), 9)
    theirs = ours[: scheme.salt_width] + boot + ours[scheme.salt_width + scheme.boot_width :]
    assert len(theirs) == len(ours)
    assert (scheme.salt_of(ours) != "", scheme.salt_of(theirs)) == (True, "")


@pytest.mark.parametrize("rule", RULES)
@given(
    salt=st.integers(0, 2**63 - 1),
    one=st.tuples(BOOTS, COUNTERS),
    other=st.tuples(BOOTS, COUNTERS),
)
def test_increases_with_boot_and_counter(rule, salt, one, other):
    """Ids of one journal sort like (boot, counter), so they never repeat (T-074: no clock in them)."""
    scheme = id_scheme(rule)
    first, second = (scheme.make(scheme.prefix(salt, boot), n) for boot, n in (one, other))
    assert (first < second) == (one < other)
    assert (first == second) == (one == other)


def test_refuses_a_rule_without_room():
    """A venue whose ids leave no room for uniqueness is refused at start."""
    with pytest.raises(ConfigError, match="too few"):
        id_scheme(ClientOrderIdRule(length_max=8, alphabet=string.digits))


def test_refuses_an_alphabet_of_one_letter():
    """An alphabet needs at least two letters or digits."""
    with pytest.raises(ConfigError):
        id_scheme(ClientOrderIdRule(length_max=30, alphabet="x-_"))


def test_runs_out_loudly():
    """A counter beyond the width is an error, never a shortened or repeated id."""
    scheme = id_scheme(RULES[3])
    prefix = scheme.prefix(7, 1)
    with pytest.raises(LimitExceeded):
        scheme.make(prefix, 10**scheme.counter_width)
