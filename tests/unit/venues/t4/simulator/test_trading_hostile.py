"""Whatever a client writes into the messages of accounts and orders, the simulated T4 answers and goes on."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.venues.t4.simulator.codes import MarketMode
from tests.kit.fuzzing import examples
from tests.kit.t4_trading import CL, CL_NEXT, ES, FIRST, SECOND, Trading, limit

numbers = st.one_of(st.sampled_from((-1, 0, 1, 2, 7, 18, 99)), st.integers(-(2**31), 2**31 - 1))
longs = st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1))
texts = st.one_of(st.sampled_from(("", "x" * 300, "\u0663", "a b")), st.text(max_size=20))
amounts = st.one_of(
    st.sampled_from(
        ("4800", "4800.25", "4800.1", "-1", "0", "NaN", "Infinity", "-Infinity", "1e400", "1e-400")
    ),
    st.sampled_from(("9" * 23, "", " 4800 ", "4_800", "\u0664\u0668\u0660\u0660", "0x10", "sNaN")),
    st.text(max_size=8),
)
prices = st.fixed_dictionaries({"value": amounts})
times = st.fixed_dictionaries({}, optional={"seconds": longs, "nanos": numbers})
accounts = st.sampled_from((FIRST, SECOND, "", "nobody"))
markets = st.sampled_from((ES, CL, CL_NEXT, "XCME_Ny CL (H24-J24)", "XCME_Eq ES (Z23)", "", "no"))

activations = st.fixed_dictionaries(
    {},
    optional={
        "submit_time": times,
        "submit_delay_ms": longs,
        "cancel_time": times,
        "cancel_delay_ms": longs,
        "activation_cancel_time": times,
        "activation_cancel_delay_ms": longs,
        "mode": numbers,
        "price": prices,
        "volume": numbers,
        "bid_offer": numbers,
        "queue_submit": st.booleans(),
    },
)
orders = st.fixed_dictionaries(
    {"buy_sell": st.sampled_from((1, -1)), "volume": st.sampled_from((0, 1, 2, 5))},
    optional={
        "price_type": st.sampled_from((*range(18), 99)),
        "time_type": st.sampled_from((0, 1, 2, 3, 4, 5, 6)),
        "max_show": numbers,
        "max_volume": numbers,
        "limit_price": prices,
        "stop_price": prices,
        "trail_distance": prices,
        "tag": texts,
        "activation_type": st.sampled_from((*range(-1, 19),)),
        "activation_data": activations,
    },
)
wild = st.fixed_dictionaries({"buy_sell": numbers, "volume": numbers, "price_type": numbers})
submissions = st.fixed_dictionaries(
    {
        "account_id": accounts,
        "market_id": markets,
        "order_link": st.sampled_from((*range(10), -1)),
        "orders": st.lists(st.one_of(orders, wild), max_size=4),
    }
)
revisions = st.fixed_dictionaries(
    {},
    optional={
        "volume": numbers,
        "max_show": numbers,
        "max_volume": numbers,
        "limit_price": prices,
        "stop_price": prices,
        "trail_price": prices,
        "tag": texts,
        "activation_data": activations,
    },
)
legs = st.fixed_dictionaries({"market_id": markets, "buy_sell": numbers, "volume": numbers})
messages = st.one_of(
    st.tuples(st.just("order_submit"), submissions),
    st.tuples(
        st.just("order_batch"),
        st.fixed_dictionaries(
            {"batch_id": texts, "submissions": st.lists(submissions, max_size=3)}
        ),
    ),
    st.tuples(st.just("revise"), st.integers(0, 9), revisions),
    st.tuples(st.just("pull"), st.integers(0, 9)),
    st.tuples(
        st.just("account_subscribe"),
        st.fixed_dictionaries(
            {"subscribe": st.sampled_from((0, 1, 2, 2, 2, 3)), "account_id": st.lists(accounts)},
            optional={"upl_mode": numbers, "subscribe_all_accounts": st.booleans()},
        ),
    ),
    st.tuples(
        st.just("create_uds"),
        st.fixed_dictionaries(
            {"account_id": accounts, "strategy_type": numbers, "legs": st.lists(legs, max_size=4)}
        ),
    ),
    st.tuples(st.just("wait"), st.sampled_from((0.1, 5.0))),
    st.tuples(st.just("print"), st.sampled_from(("4790", "4800", "4810"))),
    st.tuples(st.just("mode"), st.sampled_from((1, 2, 4, 5, 7))),
)


def _send(desk: Trading, message: Any) -> None:
    """One thing that a client or the market does."""
    match message:
        case ("wait", seconds):
            desk.wait(seconds)
        case ("print", price):
            desk.print(price)
        case ("mode", mode):
            desk.mode(MarketMode(mode))
        case ("revise", place, terms):
            where: dict[str, Any] = {"account_id": FIRST, "market_id": ES}
            desk.send(
                "order_revise", **where, revisions=[{"unique_id": _named(desk, place), **terms}]
            )
        case ("pull", place):
            desk.pull(_named(desk, place))
        case (name, body):
            desk.send(name, **body)


def _named(desk: Trading, place: int) -> str:
    """One of the orders there are."""
    names = [each.unique_id for each in desk.venue.desk.books.stores[FIRST].all()]
    return names[place % len(names)] if names else "none"


@settings(max_examples=examples(100), deadline=None)
@given(script=st.lists(messages, min_size=1, max_size=12))
def test_the_venue_goes_on_whatever_it_is_sent(script: list[Any]) -> None:
    desk = Trading()
    for message in script:
        _send(desk, message)
    desk.mode(MarketMode.OPEN)
    desk.subscribe()
    desk.take()
    (name,) = desk.submit(limit("4700"))
    assert desk.steps(name)[-1][1] in (3, 6)
    assert sum(1 for each in desk.venue.desk.books.stores[FIRST].all()) >= 1
