"""What journals are folded into: each comes back from its snapshot and goes on as if it had never been away."""

import attrs
import pytest

from actors.folds import FOLDS, PAPER, Fold
from engine.orders.freezing import CannotThaw, field_names
from engine.paper.book import PaperBook
from engine.paper.records import from_bytes
from tests.kit.paper import CASH, Bench, dump


@pytest.fixture
def bench() -> Bench:
    """A position, a partly filled order, resting, moved, finished and refused ones."""
    bench = Bench()
    bench.book()
    bench.submit("done", quantity=3, price=None)
    bench.submit("part", quantity=15, price="100.1")
    bench.submit("rests", quantity=5, price="99.9")
    bench.submit("moved", quantity=5, price="99.0")
    bench.replace("moved", quantity=7, price="99.1")
    bench.submit("gone", price="98.0")
    bench.cancel("gone")
    bench.submit("bad", price="98.01")
    return bench


def folded(journal: list[bytes]) -> PaperBook:
    book = PAPER.begin()
    for body in journal:
        PAPER.apply(book, body)
    return book


def shown(bench: Bench, book: PaperBook) -> dict[str, object]:
    """The state in full, with the bench's cash."""
    book.account.begin_with(CASH)
    bench.venue.book = book
    return dump(bench.venue)


def test_a_paper_account_comes_back_at_every_record(bench: Bench):
    """Wherever the snapshot lies, the records after it lead to the state that was."""
    wanted = dump(bench.venue)
    for place in range(len(bench.journal) + 1):
        state, same = PAPER.thaw(PAPER.freeze(folded(bench.journal[:place])))
        assert same
        for body in bench.journal[place:]:
            PAPER.apply(state, body)
        assert shown(bench, state) == wanted
        assert state.fills == folded(bench.journal).fills


def test_no_field_of_a_paper_account_is_forgotten(bench: Bench):
    """What somebody adds to it is in the snapshot by itself: each field, and what the history forgot."""
    book = folded(bench.journal)
    book.history._forgotten_ns = 77
    state, _ = PAPER.thaw(PAPER.freeze(book))
    assert set(field_names(book)) == set(vars(book)) == set(vars(state))
    assert vars(state.history).keys() == vars(book.history).keys()
    assert not state.history.reaches(77)
    assert state.history.is_used("bad")
    assert PAPER.freeze(state) == PAPER.freeze(book)


def test_an_order_in_two_indexes_is_one_order(bench: Bench):
    """A fill after the snapshot is seen wherever the order is."""
    state, _ = PAPER.thaw(PAPER.freeze(folded(bench.journal)))
    (instrument,) = state.working_instruments()
    for order in state.working(instrument):
        assert state.orders[order.client_order_id] is order


def test_one_folds_snapshot_is_not_anothers(bench: Bench):
    """A router that finds a paper venue's is told so, and the other way round; versions count."""
    router, paper = FOLDS["router"], FOLDS["paper"]
    for one, other in ((router, paper), (paper, router)):
        fold: Fold[object] = one  # type: ignore[assignment]  # whichever
        with pytest.raises(CannotThaw, match="instead of a"):
            other.thaw(fold.freeze(fold.begin()))
    later = attrs.evolve(PAPER, state_version=PAPER.state_version + 1)
    _, same = later.thaw(PAPER.freeze(PAPER.begin()))
    assert not same


def test_paper_records_are_all_applied(bench: Bench):
    """The bench's journal holds every kind there is, so the tests above mean all of them."""
    kinds = {type(from_bytes(body)).__name__ for body in bench.journal}
    assert kinds == {"InstrumentDefined", "OrderArrived", "OrderChanged", "OrderTraded"}
