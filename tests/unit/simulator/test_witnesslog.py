"""The witness log: numbered, filtered, limited, bounded."""

from engine.simulator import witnesslog
from engine.simulator.moment import MS, NS, Moment
from engine.simulator.witnesslog import WitnessLog

NOW = Moment(5 * NS, 1_700_000_000 * NS + 250 * MS)


def test_the_log_is_numbered_filtered_and_limited():
    """Entries since a number, of one kind, at most so many, with both clocks."""
    log = WitnessLog()
    for number in range(6):
        log.append("fill" if number % 2 else "request", NOW, order=number)
    entries = [entry.as_json() for entry in log.since(2, "fill", 2)]
    stamps = {"kind": "fill", "mono_ns": NOW.mono_ns, "wall_ns": NOW.wall_ns}
    assert entries == [{"number": 4, "order": 3, **stamps}, {"number": 6, "order": 5, **stamps}]
    assert len(log.since()) == 6


def test_old_entries_fall_off_the_front(monkeypatch):
    """Their numbers are not given again."""
    monkeypatch.setattr(witnesslog, "ENTRIES_MAX", 3)
    log = WitnessLog()
    for _ in range(5):
        log.append("connect", NOW)
    assert [entry.number for entry in log.since()] == [3, 4, 5]


def test_a_moment_tells_the_units_that_venues_speak_in():
    """Whole milliseconds and seconds of the wall clock."""
    assert (NOW.wall_ms, NOW.wall_s) == (1_700_000_000_250, 1_700_000_000)
