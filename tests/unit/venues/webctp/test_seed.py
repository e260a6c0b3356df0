"""The seed of positions: read back as written, of one day and account, and refused when it is anything else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.positions import Held, Overnight
from actors.venues.webctp.seed import FLAT, Seed, load, parse, text_of
from engine.errors import ConfigError

ROWS = st.lists(
    st.builds(
        Overnight,
        instrument=st.from_regex(r"[a-zA-Z]{1,2}[0-9]{3,4}", fullmatch=True),
        exchange=st.sampled_from(["SHFE", "INE", "DCE", "CZCE", "CFFEX", "GFEX"]),
        held=st.sampled_from(Held),
        quantity=st.integers(1, 1_000_000),
        price=st.none() | st.decimals("0.0001", "99999", places=4),
    ),
    unique_by=lambda row: (row.instrument, row.held),
    max_size=6,
)
GOOD = """
trading_day = "20301202"
broker_id = "9999"
investor_id = "100001"
[[positions]]
instrument = "rb2101"
exchange = "SHFE"
side = "long"
quantity = 5
"""


@given(ROWS)
def test_a_seed_is_read_as_it_was_written(rows):
    """What one day leaves is what the next begins with."""
    seed = Seed(
        trading_day="20301202", broker_id="9999", investor_id="100001", positions=tuple(rows)
    )
    found = parse(text_of(seed).encode())
    assert attrs_of(found) == attrs_of(seed)


def attrs_of(seed: Seed) -> object:
    """Rows in any order, prices by value."""
    rows = sorted(seed.positions, key=lambda row: (row.instrument, row.held))
    return seed.trading_day, seed.broker_id, seed.investor_id, rows


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"20301202"', "20301202", "trading_day"),
        ('"20301202"', '"2030-12-02"', "trading_day"),
        ('broker_id = "9999"', "", "broker_id"),
        ('"SHFE"', '"NYSE"', "exchange"),
        ('"long"', '"both"', "side"),
        ("quantity = 5", "quantity = 0", "quantity"),
        ("quantity = 5", "quantity = 5.0", "quantity"),
        ("quantity = 5", 'quantity = 5\nprice = "-1"', "price"),
        ("quantity = 5", "quantity = 5\nprice = 4300", "price"),
        ("quantity = 5", "quantity = 5\nlots = 5", "lots"),
        ("[[positions]]", "extra = 1\n[[positions]]", "extra"),
        ("[[positions]]", "[positions]", "positions"),
    ],
)
def test_what_is_not_as_described_is_refused(old, new, named):
    """A seed is money: no field is guessed."""
    with pytest.raises(ConfigError, match=named):
        parse(GOOD.replace(old, new).encode())


def test_a_side_stands_once():
    """Two rows of one side cannot both be the whole."""
    row = GOOD[GOOD.index("[[") :]
    with pytest.raises(ConfigError, match="one row per instrument"):
        parse((GOOD + row).encode())


@pytest.mark.parametrize("data", [b"\xff", b"trading_day = ", b"= 1"])
def test_what_is_no_toml_is_refused(data):
    """With the place of the fault."""
    with pytest.raises(ConfigError, match="no TOML"):
        parse(data)


def test_a_file_that_is_not_there_is_named(tmp_path):
    """At the start, not at the first order."""
    with pytest.raises(ConfigError, match="nowhere"):
        load(str(tmp_path / "nowhere"))
    assert load("") is None
    found = load(FLAT)
    assert found is not None
    assert found.doubt("20301202", "9999", "100001") == ""


def test_it_proves_its_own_day_and_account_only():
    """Of any other it says nothing."""
    seed = parse(GOOD.encode())
    assert seed.doubt("20301202", "9999", "100001") == ""
    assert "20301203" in seed.doubt("20301203", "9999", "100001")
    assert "9999/100001" in seed.doubt("20301202", "9999", "100002")
    assert seed.positions[0].price is None
    assert parse(GOOD.replace("quantity = 5", 'quantity = 5\nprice = "4300.5"').encode()).positions[
        0
    ].price == Decimal("4300.5")
