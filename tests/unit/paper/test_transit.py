from engine.paper import transit as module
from engine.paper.rules import PaperRules
from engine.paper.transit import Transit
from tests.kit.commands import cancel, cancel_all, query, replace, request, submit
from tests.kit.paper import D

MS = 1_000_000


def arrivals(transit, *, until_ns=1 << 60):
    found = []
    while (taken := transit.take(until_ns)) is not None:
        found.append(taken)
    return found


def fixed(latency_ms=5.0):
    return Transit(PaperRules(latency_ms=latency_ms))


def jittery():
    """Ids whose delays differ: `slow` takes the longest, `quick` the shortest."""
    rules = PaperRules(latency_ms=1.0, latency_jitter_ms=100.0)
    ids = sorted((f"c{n}" for n in range(50)), key=rules.delay_ns)
    return Transit(rules), ids[0], ids[-1]


def test_a_request_takes_effect_after_its_latency_and_not_before():
    """The deadline is arrival plus latency, to the nanosecond."""
    transit = fixed()
    transit.send(submit(), 100)
    assert transit.deadline() == 100 + 5 * MS
    assert transit.take(99 + 5 * MS) is None
    assert transit.take(100 + 5 * MS) == submit()
    assert transit.deadline() is None


def test_jitter_lets_orders_overtake_each_other():
    """Two orders on their way at once take effect by their own delays."""
    transit, quick, slow = jittery()
    transit.send(submit(client_order_id=slow), 0)
    transit.send(submit(client_order_id=quick), 1)
    assert [each.client_order_id for each in arrivals(transit)] == [quick, slow]


def test_requests_for_one_order_keep_their_order():
    """A cancel, change or question never overtakes what it is about."""
    transit, _, slow = jittery()
    sent = [
        submit(client_order_id=slow),
        replace(client_order_id=slow, quantity=D(2)),
        query(client_order_id=slow),
        cancel(client_order_id=slow),
    ]
    for number, each in enumerate(sent):
        transit.send(each, number)
    assert arrivals(transit) == sent
    transit.send(cancel(client_order_id=slow), 1_000 * MS)
    assert transit.deadline() < 1_102 * MS


def test_a_request_waits_for_the_last_one_of_its_order():
    """Also when an earlier one has taken effect in between."""
    rules = PaperRules(latency_ms=1.0, latency_jitter_ms=100.0)
    name = next(
        name
        for name in (f"c{n}" for n in range(10_000))
        if rules.delay_ns(name) + rules.delay_ns(f"QueryOrder:{name}")
        < rules.delay_ns(f"CancelOrder:{name}")
    )
    transit = Transit(rules)
    transit.send(submit(client_order_id=name), 0)
    transit.send(cancel(client_order_id=name), 0)
    at_ns = transit.deadline()
    assert transit.take(at_ns) == submit(client_order_id=name)
    transit.send(query(client_order_id=name), at_ns)
    assert arrivals(transit) == [cancel(client_order_id=name), query(client_order_id=name)]


def test_questions_about_everything_wait_for_everything_before():
    """A reconciliation or cancel-all sees all that arrived before it, and nothing overtakes it."""
    for everything in (request(), cancel_all()):
        transit, quick, slow = jittery()
        transit.send(submit(client_order_id=slow), 0)
        transit.send(everything, 1)
        transit.send(submit(client_order_id=quick), 2)
        named = [getattr(each, "client_order_id", "*") for each in arrivals(transit)]
        assert named == [slow, "*", quick]


def test_a_full_line_lets_the_oldest_arrive_early(monkeypatch):
    """Beyond the bound nothing is lost and nothing is refused: it takes effect sooner."""
    monkeypatch.setattr(module, "REQUESTS_MAX", 3)
    transit = fixed()
    for number in range(5):
        transit.send(submit(client_order_id=f"c{number}"), 0)
    assert [each.client_order_id for each in arrivals(transit, until_ns=0)] == ["c0", "c1"]
    assert len(transit) == 3
