"""Intents by name."""

from engine.orders.dedupe import FENCED_BOOTS_MAX, Answer, Intents, Standing


def served(intents_max: int = 10) -> Intents:
    intents = Intents(intents_max)
    intents.serve("alpha", 5)
    return intents


def test_answers_a_known_intent_the_same_again():
    """An answered intent is known and its answer stays the same."""
    intents = served()
    assert intents.standing("alpha", 5, 1) is Standing.NEW
    intents.add("alpha", 5, 1, Answer("id-1"))
    assert intents.standing("alpha", 5, 1) is Standing.KNOWN
    assert intents.answer("alpha", 1) == Answer("id-1")


def test_fences_the_boot_before():
    """Intents of any boot but the newest are fenced, and so is a late hello of an old boot."""
    intents = served()
    intents.add("alpha", 5, 1, Answer("id-1"))
    intents.serve("alpha", 9)
    assert intents.standing("alpha", 5, 1) is Standing.FENCED
    assert intents.standing("alpha", 5, 2) is Standing.FENCED
    assert intents.standing("alpha", 9, 1) is Standing.NEW
    assert intents.is_fenced("alpha", 5)
    assert not intents.is_fenced("alpha", 9)


def test_nobody_is_served_before_a_hello():
    """Without a hello every intent is fenced."""
    assert Intents().standing("alpha", 5, 1) is Standing.FENCED


def test_forgets_within_its_bound():
    """Beyond the bound the oldest answers go, and what is older is never taken for new."""
    intents = served(3)
    for counter in range(1, 6):
        intents.add("alpha", 5, counter, Answer(f"id-{counter}"))
    assert [intents.standing("alpha", 5, n) for n in range(1, 7)] == [
        Standing.FORGOTTEN,
        Standing.FORGOTTEN,
        Standing.KNOWN,
        Standing.KNOWN,
        Standing.KNOWN,
        Standing.NEW,
    ]


def test_out_of_order_counters_stay_new():
    """A lower counter that arrives late is new, not forgotten, while nothing was dropped."""
    intents = served()
    intents.add("alpha", 5, 7, Answer("id-7"))
    assert intents.standing("alpha", 5, 3) is Standing.NEW


def test_remembers_a_bounded_number_of_dead_boots():
    """Fenced boots are remembered up to a bound."""
    intents = served()
    for boot in range(6, 6 + FENCED_BOOTS_MAX + 5):
        intents.serve("alpha", boot)
    assert not intents.is_fenced("alpha", 5)
    assert intents.is_fenced("alpha", 6 + FENCED_BOOTS_MAX)
