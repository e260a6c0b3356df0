"""Each invariant's checker: a history that holds, and histories that break it."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from engine.drill.checkers import (
    CHECKERS,
    Bounds,
    Figure,
    History,
    Leftovers,
    MarketEvent,
    MarketWord,
    ProcessSample,
    StrategyWord,
    VenueWord,
    Window,
    judge,
)
from engine.journal import JournalHeader, encode_header, encode_record
from engine.journal.record import header_crc
from engine.model.enums import Certainty, Lifecycle, Mode, Side
from engine.orders import records as r
from engine.orders.state import Verdict as StateVerdict
from tests.kit.histories import (
    at_venue,
    change,
    defined,
    entries,
    fill,
    halted,
    history,
    limits,
    news,
    planned,
    synced,
    told,
)
from tests.kit.orders import ACCOUNT, BTC, NS

D = Decimal
W = VenueWord
BY_ID = {checker.id: checker for checker in CHECKERS}


def held(name: str, evidence: History) -> bool | None:
    return BY_ID[name].check(evidence).held


def test_there_are_seventeen_in_their_order():
    assert [checker.id for checker in CHECKERS] == [f"INV-{n}" for n in range(1, 18)]


def test_nothing_is_judged_without_evidence():
    """What was not given is never taken as good."""
    assert [verdict.held for verdict in judge(history())] == [None] * 17


def test_a_partial_check_says_what_it_did_not_look_at():
    verdict = BY_ID["INV-1"].check(history(records=entries(planned())))

    assert verdict.held
    assert verdict.missing == ("strategies",)
    assert "strategies" in verdict.detail


class TestConfirmedIntents:
    """INV-1."""

    def test_in_the_journal_once(self):
        confirmed = (told(StrategyWord.CONFIRMED),)
        assert held("INV-1", history(records=entries(planned()), strategies=confirmed))

    def test_confirmed_and_lost(self):
        confirmed = (told(StrategyWord.CONFIRMED, "alpha:5:2"),)
        assert held("INV-1", history(records=entries(planned()), strategies=confirmed)) is False

    def test_twice(self):
        assert held("INV-1", history(records=entries(planned(), planned(name="c2")))) is False

    def test_an_intent_without_answer_may_be_there_or_not(self):
        asked = (told(StrategyWord.INVOKED), told(StrategyWord.INVOKED, "alpha:5:2"))
        assert held("INV-1", history(records=entries(planned()), strategies=asked))


class TestPlannedBefore:
    """INV-2."""

    def test_synced_before_it_arrived(self):
        seen = (at_venue(W.ORDER, mono_ns=100, quantity=D(10), price=D(100)),)
        given = history(records=entries(planned()), venue=seen, sync_points=synced(90))
        assert held("INV-2", given)

    @pytest.mark.parametrize("synced_ns", [(101,), ()])
    def test_synced_later_or_never(self, synced_ns):
        seen = (at_venue(W.ORDER, mono_ns=100),)
        given = history(records=entries(planned()), venue=seen, sync_points=synced(*synced_ns))
        assert held("INV-2", given) is False

    def test_never_planned(self):
        seen = (at_venue(W.ORDER, "c9"),)
        assert held("INV-2", history(records=entries(planned()), venue=seen)) is False

    def test_other_terms_than_planned(self):
        """SEC-23."""
        seen = (at_venue(W.ORDER, quantity=D(11)),)
        assert held("INV-2", history(records=entries(planned()), venue=seen)) is False


class TestAgreement:
    """INV-3."""

    def test_same_state_and_fills(self):
        given = history(
            records=entries(planned(), fill("c1", "t1", 4, 4), news("c1", Lifecycle.CANCELLED)),
            venue=(
                at_venue(W.ORDER, quantity=D(10)),
                at_venue(W.ACCEPTED),
                at_venue(W.FILL, quantity=D(4), fill_key="t1"),
                at_venue(W.CANCELLED),
            ),
            settled=True,
        )
        assert held("INV-3", given)
        assert held("INV-3", attrs.evolve(given, settled=None)) is None

    @pytest.mark.parametrize(
        "records",
        [
            (planned(), news("c1", Lifecycle.OPEN)),
            (planned(), news("c1", Lifecycle.FILLED)),
            (planned(), fill("c1", "t1", 3, 3)),
            (
                planned(),
                news("c1", Lifecycle.PARTLY_FILLED, certainty=Certainty.UNKNOWN),
                fill("c1", "t1", 4, 4, certainty=Certainty.UNKNOWN),
            ),
            (),
        ],
    )
    def test_another_story(self, records):
        seen = (
            at_venue(W.ORDER, quantity=D(10)),
            at_venue(W.FILL, quantity=D(4), fill_key="t1"),
        )
        given = history(records=entries(*records), venue=seen, settled=True)
        assert held("INV-3", given) is False

    @pytest.mark.parametrize(
        ("lifecycle", "holds"), [(Lifecycle.NEVER_ARRIVED, True), (Lifecycle.OPEN, False)]
    )
    def test_the_venue_knows_nothing_of_it(self, lifecycle, holds):
        given = history(records=entries(planned(), news("c1", lifecycle)), venue=(), settled=True)
        assert held("INV-3", given) is holds


class TestIdsOnce:
    """INV-4."""

    def test_one_each(self):
        seen = (at_venue(W.ORDER, "c1"), at_venue(W.ORDER, "c2"))
        assert held("INV-4", history(records=entries(planned(1), planned(2)), venue=seen))

    def test_one_order_arrives_twice(self):
        seen = (at_venue(W.ORDER), at_venue(W.ORDER))
        given = history(records=entries(planned()), venue=seen)
        assert held("INV-4", given) is False
        assert held("INV-4", attrs.evolve(given, declared_resends=frozenset({"c1"})))

    def test_one_intent_two_ids(self):
        assert held("INV-4", history(records=entries(planned(1), planned(1, "c2")))) is False

    def test_one_id_two_intents(self):
        assert held("INV-4", history(records=entries(planned(1), planned(2, "c1")))) is False


class TestFillsOnce:
    """INV-5."""

    SEEN = (at_venue(W.ORDER, quantity=D(10)), at_venue(W.FILL, quantity=D(4), fill_key="t1"))

    def test_counted_once(self):
        given = history(
            records=entries(planned(), fill("c1", "t1", 4, 4)), venue=self.SEEN, settled=True
        )
        assert held("INV-5", given)

    @pytest.mark.parametrize(
        "records",
        [
            (planned(), fill("c1", "t1", 4, 4), fill("c1", "t1", 4, 8)),
            (planned(), fill("c1", "t1", 4, 5)),
            (planned(), fill("c1", "t9", 4, 4)),
            (planned(),),
            (planned(), fill("c1", "t1", 4, 4, side=Side.SELL)),
        ],
        ids=["twice", "another sum", "invented", "missed", "other side"],
    )
    def test_counted_wrongly(self, records):
        given = history(records=entries(*records), venue=self.SEEN, settled=True)
        assert held("INV-5", given) is False

    def test_a_missed_fill_may_still_come_before_all_is_settled(self):
        assert held("INV-5", history(records=entries(planned()), venue=self.SEEN))

    def test_found_with_the_position(self):
        adopted = r.PositionAdopted(
            account=ACCOUNT,
            instrument=BTC,
            quantity=D(4),
            avg_px=D(0),
            by="router",
            reason="",
            ts_ns=0,
        )
        stranger = (
            at_venue(W.EXTERNAL, "x", quantity=D(10)),
            at_venue(W.FILL, "x", quantity=D(4), fill_key="t1"),
        )
        known = r.FillsKnown(account=ACCOUNT, fill_keys=("t1",), ts_ns=0)
        given = history(records=entries(adopted, known), venue=stranger, settled=True)
        assert held("INV-5", given)
        assert held("INV-5", attrs.evolve(given, records=entries(adopted))) is False


class TestReports:
    """INV-6."""

    RECORDS = entries(planned(), news("c1", Lifecycle.OPEN), news("c1", Lifecycle.CANCELLED))

    def reports(self, *numbers: int, mono_ns: int = 100):
        words = {1: Lifecycle.OPEN, 2: Lifecycle.CANCELLED}
        return tuple(
            told(
                StrategyWord.REPORT,
                number=n,
                lifecycle=words[min(n, 2)],
                cum_qty=D(0),
                mono_ns=mono_ns,
            )
            for n in numbers
        )

    def given(self, events, **evidence):
        evidence = {"sync_points": synced(10, 20, 30), "settled": True, **evidence}
        return history(records=self.RECORDS, strategies=tuple(events), **evidence)

    def test_told_in_order(self):
        assert held("INV-6", self.given(self.reports(1, 2)))

    def test_told_again_after_a_resync(self):
        resync = told(StrategyWord.RESYNC, number=0)
        events = [*self.reports(1), resync, *self.reports(1, 2)]
        assert held("INV-6", self.given(events))

    def test_a_hole(self):
        assert held("INV-6", self.given([*self.reports(1), *self.reports(3)])) is False

    def test_the_end_was_never_heard(self):
        assert held("INV-6", self.given(self.reports(1))) is False
        assert held("INV-6", self.given(self.reports(1), settled=None))

    def test_told_before_it_was_synced(self):
        assert held("INV-6", self.given(self.reports(1, 2, mono_ns=25))) is False

    def test_told_what_no_record_says(self):
        filled = told(StrategyWord.REPORT, number=3, lifecycle=Lifecycle.FILLED, cum_qty=D(10))
        assert held("INV-6", self.given([*self.reports(1, 2), filled])) is False


class TestDoubt:
    """INV-7."""

    def given(self, begin_s: float, end_s: float, windows: list[tuple[float, float]]):
        doubt = news("c1", Lifecycle.SENT, certainty=Certainty.UNKNOWN)
        reachable = tuple(Window(ACCOUNT, int(b * NS), int(e * NS)) for b, e in windows)
        return history(
            records=entries(planned(), doubt, news("c1", Lifecycle.OPEN)),
            sync_points=synced(0, int(begin_s * NS), int(end_s * NS)),
            reachable=reachable,
            bounds=Bounds(horizon_s=30.0, query_interval_s=5.0),
            end_mono_ns=1_000 * NS,
        )

    def test_within_horizon_and_two_intervals(self):
        assert held("INV-7", self.given(10, 50, [(0, 100)]))
        assert held("INV-7", self.given(10, 50.1, [(0, 100)])) is False

    def test_nobody_could_be_asked(self):
        assert held("INV-7", self.given(10, 500, [(0, 30), (480, 600)]))

    def test_never_ended(self):
        given = self.given(10, 20, [(0, 2_000)])
        assert held("INV-7", attrs.evolve(given, records=(given.records or ())[:2])) is False


class TestExposure:
    """INV-8."""

    LIMITS = limits(defaults={"max_position": "15"})

    def test_within_limits(self):
        assert held("INV-8", history(records=entries(self.LIMITS, defined(), planned())))

    @pytest.mark.parametrize(
        "records",
        [
            (planned(1), planned(2)),
            (planned(1), news("c1", Lifecycle.OPEN), change("c1", 2, 16)),
            (planned(1), fill("c1", "t1", 10, 10), planned(2)),
            (
                planned(1),
                news("c1", Lifecycle.SENT, certainty=Certainty.UNKNOWN),
                planned(2, quantity=D(6)),
            ),
            (
                planned(1),
                news("c1", Lifecycle.CANCELLED, venue_cum_qty=D(10)),
                planned(2, quantity=D(6)),
            ),
        ],
        ids=["two orders", "a change", "position and order", "an unknown one", "claimed fills"],
    )
    def test_beyond_the_position_limit(self, records):
        given = history(records=entries(self.LIMITS, defined(), *records))
        assert held("INV-8", given) is False

    def test_buys_and_sells_do_not_add_up(self):
        both = (planned(1), planned(2, side=Side.SELL))
        assert held("INV-8", history(records=entries(self.LIMITS, defined(), *both)))

    @pytest.mark.parametrize(
        ("section", "holds"),
        [
            ({"max_open_notional": {"USDT": "2"}}, True),
            ({"max_open_notional": {"USDT": "1.9"}}, False),
            ({"max_open_notional": {"EUR": "100"}}, False),
            ({"max_open_orders": 2}, True),
            ({"max_open_orders": 1}, False),
            ({"max_open_orders_per_instrument": 1}, False),
        ],
    )
    def test_sums_over_orders(self, section, holds):
        records = entries(limits(strategies={"alpha": section}), defined(), planned(1), planned(2))
        assert held("INV-8", history(records=records)) is holds

    def test_an_account_has_a_section_of_its_own(self):
        tight = limits(defaults={"max_position": "15"}, accounts={ACCOUNT: {"max_position": "10"}})
        assert held("INV-8", history(records=entries(tight, defined(), planned(1))))
        more = entries(tight, defined(), planned(1), planned(2, quantity=D(1)))
        assert held("INV-8", history(records=more)) is False

    def test_what_happens_from_outside_is_not_our_decision(self):
        over = fill("c1", "t1", 20, 20, verdict=StateVerdict.OVERFILL)
        given = entries(self.LIMITS, defined(), planned(1), over)
        assert held("INV-8", history(records=given))
        more = entries(self.LIMITS, defined(), planned(1), over, planned(2, quantity=D(1)))
        assert held("INV-8", history(records=more)) is False
        less = entries(
            self.LIMITS, defined(), planned(1), over, planned(2, quantity=D(1), side=Side.SELL)
        )
        assert held("INV-8", history(records=less))


class TestHalting:
    """INV-9."""

    def test_nothing_new_after_the_halt(self):
        seen = (at_venue(W.ORDER),)
        assert held("INV-9", history(records=entries(planned(), halted()), venue=seen))

    def test_a_plan_after_the_halt(self):
        assert held("INV-9", history(records=entries(halted(), planned()))) is False

    @pytest.mark.parametrize("scope", ["venue:testvenue", f"account:{ACCOUNT}", "strategy:alpha"])
    def test_scopes(self, scope):
        assert held("INV-9", history(records=entries(halted(scope=scope), planned()))) is False

    def test_a_change_after_a_halt_of_its_account(self):
        records = entries(planned(), halted(scope=f"account:{ACCOUNT}"), change("c1", 2, 20))
        assert held("INV-9", history(records=records)) is False

    def test_other_scopes_go_on(self):
        others = (halted(scope="strategy:beta"), halted(scope="account:testvenue.paper"))
        assert held("INV-9", history(records=entries(*others, planned())))


class TestReplay:
    """INV-10, INV-11."""

    @staticmethod
    def journal(*records: object) -> bytes:
        header = JournalHeader(mode=Mode.LIVE, format_version=1, created_ns=1, file_id=bytes(16))
        data = encode_header(header)
        seed = header_crc(data)
        return data + b"".join(
            encode_record(n, r.to_bytes(record), seed) for n, record in enumerate(records, 1)
        )

    RECORDS = (defined(), planned(), news("c1", Lifecycle.OPEN), fill("c1", "t1", 10, 10))

    def test_prefixes(self):
        data = self.journal(*self.RECORDS)
        given = history(
            records=entries(*self.RECORDS), journal_bytes=data, sync_points=synced(1, 2, 3, 4)
        )
        assert held("INV-10", given)

    def test_a_synced_record_is_gone(self):
        data = self.journal(*self.RECORDS[:3])
        given = history(journal_bytes=data, sync_points=synced(1, 2, 3, 4))
        assert held("INV-10", given) is False

    def test_damage_in_the_middle(self):
        data = bytearray(self.journal(*self.RECORDS))
        data[100] ^= 1
        given = history(records=entries(*self.RECORDS), journal_bytes=bytes(data))
        assert held("INV-10", given) is False

    def test_the_same_state_in_two_processes(self, tmp_path):
        file = tmp_path / "live.journal"
        file.write_bytes(self.journal(*self.RECORDS))
        given = history(records=entries(*self.RECORDS), journal_file=file)
        assert held("INV-11", given)
        others = (*self.RECORDS[:3], fill("c1", "t1", 10, 9))
        assert held("INV-11", attrs.evolve(given, records=entries(*others))) is False

    def test_records_that_cannot_be_applied(self):
        assert held("INV-11", history(records=entries(fill("c1", "t1", 1, 1)))) is False


class TestMarket:
    """INV-12."""

    @staticmethod
    def given(*steps: tuple[MarketWord, int]) -> History:
        return history(
            market=tuple(
                MarketEvent(mono_ns=at, reader="alpha", stream=BTC, word=word, sequence=number)
                for at, (word, number) in enumerate(steps)
            )
        )

    def test_whole_stream(self):
        steps = [(MarketWord.UPDATE, n) for n in (1, 2, 3)]
        assert held("INV-12", self.given(*steps, (MarketWord.ACTED, 0)))

    def test_a_hole_is_noticed_and_repaired(self):
        given = self.given(
            (MarketWord.UPDATE, 1),
            (MarketWord.UPDATE, 3),
            (MarketWord.STALE, 0),
            (MarketWord.SNAPSHOT, 4),
            (MarketWord.FRESH, 0),
            (MarketWord.ACTED, 0),
        )
        assert held("INV-12", given)

    @pytest.mark.parametrize(
        "steps",
        [
            [(MarketWord.UPDATE, 1), (MarketWord.UPDATE, 3), (MarketWord.UPDATE, 4)],
            [(MarketWord.UPDATE, 1), (MarketWord.UPDATE, 3), (MarketWord.ACTED, 0)],
            [(MarketWord.UPDATE, 1), (MarketWord.STALE, 0), (MarketWord.ACTED, 0)],
        ],
    )
    def test_acting_on_a_hole(self, steps):
        assert held("INV-12", self.given(*steps)) is False


class TestProcesses:
    """INV-13, INV-14, INV-15."""

    def test_leftovers(self):
        assert held("INV-13", history(leftovers=Leftovers()))
        assert held("INV-13", history(leftovers=Leftovers(locks=("control.lock",)))) is False

    @pytest.mark.parametrize(
        ("last", "holds"), [((12, 104), True), ((13, 100), False), ((10, 106), False)]
    )
    def test_growth(self, last, holds):
        samples = tuple(
            ProcessSample(mono_ns=at, actor="router", pid=1, boot=1, descriptors=d, memory_bytes=m)
            for at, (d, m) in enumerate([(10, 100), last])
        )
        assert held("INV-13", history(leftovers=Leftovers(), processes=samples)) is holds

    @pytest.mark.parametrize(("most", "holds"), [(9.0, True), (11.0, False)])
    def test_bounds(self, most, holds):
        figures = (Figure("router", "inbox", most, 10.0),)
        assert held("INV-14", history(figures=figures)) is holds

    @pytest.mark.parametrize(
        ("cause", "holds"), [("x.data", True), ("x.trade", False), ("", False), ("sim", True)]
    )
    def test_only_its_own_end_restarts_an_actor(self, cause, holds):
        samples = (
            ProcessSample(mono_ns=1, actor="x.data", pid=1, boot=1),
            ProcessSample(mono_ns=2, actor="x.data", pid=2, boot=2, cause=cause),
        )
        bounds = Bounds(groups=frozenset({("sim", "x.data")}))
        assert held("INV-15", history(processes=samples, bounds=bounds)) is holds


class TestLeaks:
    """INV-16, INV-17."""

    @pytest.mark.parametrize(
        ("text", "holds"),
        [
            ("all is well", True),
            ("key=s3cr3t/canary!", False),
            ("czNjcjN0L2NhbmFyeSE=", False),
            ("s3cr3t%2Fcanary%21", False),
        ],
    )
    def test_canaries(self, text, holds):
        given = history(canaries={"api": "s3cr3t/canary!"}, texts={"router.log": text})
        assert held("INV-16", given) is holds

    @pytest.mark.parametrize(
        ("raised", "holds"),
        [
            ("engine.errors.JournalFull: no space", True),
            ("  | engine.errors.UnknownPeer: gone", True),
            ("ValueError: x", False),
            ("zmq.error.ZMQError: y", False),
        ],
    )
    def test_errors_have_a_class(self, raised, holds):
        text = f"Traceback (most recent call last):\n  File a, line 1, in b\n{raised}\n"
        assert held("INV-17", history(log_lines=({"event": "failed", "error": text},))) is holds

    def test_unclassified_errors_are_counted(self):
        assert held("INV-17", history(log_lines=({"event": "x", "unclassified": 1},))) is False
        assert held("INV-17", history(log_lines=({"event": "x"},)))

    @pytest.mark.parametrize(("name", "holds"), [("JournalError", True), ("OSError", False)])
    def test_a_traceback_that_was_cut_off_is_judged_by_the_classes_beside_it(self, name, holds):
        """The cause stands first in a traceback, and the error itself may be what was cut off."""
        cut = "Traceback (most recent call last):\nOSError: [Errno 28] No space left\nThe above"
        line = {"event": "failed", "error": cut, "classes": [name]}
        assert held("INV-17", history(log_lines=(line,))) is holds
