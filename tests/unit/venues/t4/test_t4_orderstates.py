"""Every word of the venue on an order has a row, and the rows say what the fact sheet says."""

from typing import Any

import pytest

from actors.venues.t4.orderstates import (
    CHANGES,
    PENDINGS,
    STATUSES,
    Awaited,
    Meaning,
    Standing,
    awaited_of,
    lifecycle_of,
    meaning_of,
    standing_of,
)
from actors.venues.t4.proto import enums_pb2 as e
from engine.model.enums import Lifecycle

L, M, S = Lifecycle, Meaning, Standing


@pytest.mark.parametrize(
    ("table", "words"),
    [(CHANGES, e.OrderChange), (STATUSES, e.OrderStatus), (PENDINGS, e.ResponsePending)],
)
def test_each_table_has_every_word_of_the_venue_and_no_other(table: Any, words: Any):
    assert set(table) == set(words.values())


def test_every_meaning_standing_and_awaiting_occurs():
    """A word that no row has would be one that nobody can say."""
    assert set(CHANGES.values()) == set(Meaning)
    assert set(STATUSES.values()) == set(Standing)
    assert set(PENDINGS.values()) == set(Awaited)


def test_the_steps_of_an_order_mean_what_the_sheet_says():
    """Section 6 of the fact sheet, row by row."""
    named = {name.removeprefix("ORDER_CHANGE_"): number for name, number in e.OrderChange.items()}
    rows = {
        "SUBMISSION_RISK_SUCCESS": M.SUBMITTING,
        "SUBMISSION_SENT": M.SUBMITTING,
        "SUBMISSION_SUCCESS": M.SUBMITTED,
        "SUBMISSION_RISK_REJECTED": M.REFUSED,
        "SUBMISSION_REJECTED": M.REFUSED,
        "SUBMISSION_FAILED": M.REFUSED,
        "REVISION_SENT": M.REVISING,
        "REVISION_SUCCESS": M.REVISED,
        "REVISION_REJECTED": M.REVISION_REFUSED,
        "REVISION_FAILED": M.REVISION_REFUSED,
        "PULL_SENT": M.PULLING,
        "PULL_SUCCESS": M.PULLED,
        "PULL_REJECTED": M.PULL_REFUSED,
        "PULL_FAILED": M.PULL_REFUSED,
        "TRADE": M.TRADED,
        "TRADE_COMPLETED": M.TRADED,
        "TRADE_BUSTED": M.BUSTED,
        "ROLLOVER": M.ROLLED,
    }
    assert {name: meaning_of(named[name]) for name in rows} == rows


@pytest.mark.parametrize("word", [99, -7])
def test_a_word_newer_than_the_tables_says_nothing(word: int):
    assert meaning_of(word) is M.NOTHING
    assert standing_of(word, M.NOTHING) is S.UNSTATED
    assert awaited_of(word) is Awaited.UNSTATED


@pytest.mark.parametrize("meaning", list(Meaning))
def test_no_change_and_no_status_keep_what_was_known(meaning: Meaning):
    """But for an order that was refused or pulled: that says its end."""
    ends = {M.REFUSED: S.REJECTED, M.PULLED: S.FINISHED}
    for word in (e.ORDER_STATUS_NO_CHANGE, e.ORDER_STATUS_NONE):
        assert standing_of(word, meaning) is ends.get(meaning, S.UNSTATED)


def test_an_order_that_could_not_be_submitted_is_rejected_whatever_its_status():
    """As the venue's own clients force it."""
    for word in e.OrderStatus.values():
        assert standing_of(word, M.REFUSED).ended


@pytest.mark.parametrize("meaning", [M.PULL_REFUSED, M.REVISION_REFUSED])
def test_a_refused_request_does_not_end_the_order(meaning: Meaning):
    assert standing_of(e.ORDER_STATUS_REJECTED, meaning) is S.UNSTATED
    assert standing_of(e.ORDER_STATUS_FINISHED, meaning) is S.FINISHED


@pytest.mark.parametrize(
    ("standing", "meaning", "filled", "expected"),
    [
        (S.WORKING, M.SUBMITTED, 0, L.OPEN),
        (S.HELD, M.SUBMITTED, 0, L.OPEN),
        (S.WORKING, M.TRADED, 1, L.PARTLY_FILLED),
        (S.FINISHED, M.TRADED, 2, L.FILLED),
        (S.FINISHED, M.PULLED, 0, L.CANCELLED),
        (S.FINISHED, M.PULLED, 1, L.CANCELLED),
        (S.FINISHED, M.NOTHING, 2, L.FILLED),
        (S.FINISHED, M.ROLLED, 0, L.EXPIRED),
        (S.FINISHED, M.ROLLED, 1, L.EXPIRED),
        (S.REJECTED, M.REFUSED, 0, L.REJECTED),
        (S.REJECTED, M.REFUSED, 1, L.CANCELLED),
    ],
)
def test_finished_is_told_apart_by_volume_and_change(
    standing: Standing, meaning: Meaning, filled: int, expected: Lifecycle
):
    """The venue has one word for filled, pulled and expired."""
    assert lifecycle_of(standing, meaning, 2, filled) is expected


def test_an_exit_that_was_never_activated_is_cancelled_and_not_filled():
    """Its volume is 0, and so is what was filled of it."""
    assert lifecycle_of(S.FINISHED, M.PULLED, 0, 0) is L.CANCELLED
