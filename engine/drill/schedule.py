"""Which fault when on whom: a pure function of one integer.

Real processes interleave as they like, so a seed reproduces the schedule and not each interleaving.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

import attrs

FAULTS_MAX: Final = 10_000
GAP_S_MEAN: Final = 2.5
"""Between two faults: a recovery takes about as long, so some are struck while they recover."""
GAP_S_MIN: Final = 0.2
HEAL_MARGIN_S: Final = 1.0
"""No fault begins so shortly before the end of its phase."""


@attrs.frozen(kw_only=True)
class FaultRow:
    """One kind of fault.

    Attributes:
        kind: its name in schedules and reports.
        id: number in the catalogue of faults.
        word: the group it is chosen by.
        targets: class of what it may strike: `router`, `session`, `strategy`, `supervisor`, `link`, `venue`.
        lasts_s: shortest and longest duration; both 0 for what happens at once.
        values: what its one parameter is drawn from; empty for none.
        weight: how often compared with others.
        meaning: for people.
    """

    kind: str
    id: str
    word: str
    targets: str
    meaning: str
    lasts_s: tuple[float, float] = (0.0, 0.0)
    values: tuple[str, ...] = ()
    weight: float = 1.0


ROUTER_POINTS: Final = (
    "before_write",
    "after_write",
    "after_sync",
    "after_send",
    "after_event",
    "after_report",
)
SESSION_POINTS: Final = ("before_send", "mid_frame", "after_send")

CATALOGUE: Final[tuple[FaultRow, ...]] = (
    FaultRow(
        kind="crash_session",
        id="F-01",
        word="crash",
        targets="session",
        meaning="a venue session is killed at a random moment",
    ),
    FaultRow(
        kind="point_session",
        id="F-01",
        word="points",
        targets="trade",
        values=SESSION_POINTS,
        lasts_s=(2, 8),
        meaning="the trade session is killed before, within or after an order's bytes",
    ),
    FaultRow(
        kind="crash_router",
        id="F-02",
        word="crash",
        targets="router",
        meaning="the router is killed at a random moment",
    ),
    FaultRow(
        kind="point_router",
        id="F-02",
        word="points",
        targets="router",
        values=ROUTER_POINTS,
        lasts_s=(2, 8),
        weight=2.0,
        meaning="the router is killed between two steps: write, sync, send, event, report",
    ),
    FaultRow(
        kind="crash_strategy",
        id="F-03",
        word="crash",
        targets="strategy",
        meaning="a strategy's process is killed",
    ),
    FaultRow(
        kind="crash_supervisor",
        id="F-03",
        word="supervisor",
        targets="supervisor",
        weight=0.4,
        meaning="the supervisor is killed and, with it, everything; then started again",
    ),
    FaultRow(
        kind="pause",
        id="F-04",
        word="pause",
        targets="actor",
        lasts_s=(0.5, 10),
        weight=1.5,
        meaning="a process is stopped (SIGSTOP) and goes on later, if it is still wanted",
    ),
    FaultRow(
        kind="hang",
        id="F-05",
        word="hang",
        targets="strategy",
        lasts_s=(6, 12),
        meaning="a callback does not return: found by its missing heartbeat, killed",
    ),
    FaultRow(
        kind="half_open",
        id="F-06",
        word="proxy",
        targets="link",
        lasts_s=(1, 15),
        meaning="nothing moves either way and nobody is told",
    ),
    FaultRow(
        kind="one_way",
        id="F-07",
        word="proxy",
        targets="link",
        lasts_s=(1, 15),
        values=("up", "down"),
        weight=1.5,
        meaning="orders arrive and answers do not, or the other way round",
    ),
    FaultRow(
        kind="reset",
        id="F-08",
        word="proxy",
        targets="link",
        lasts_s=(0.1, 3),
        meaning="open connections and new ones are reset",
    ),
    FaultRow(
        kind="cut",
        id="F-09",
        word="proxy",
        targets="link",
        lasts_s=(1, 5),
        values=("0", "1", "17", "150", "400", "900", "3000"),
        meaning="each connection ends after so many bytes, in the middle of whatever that is",
    ),
    FaultRow(
        kind="torn",
        id="F-10",
        word="proxy",
        targets="link",
        lasts_s=(1, 6),
        meaning="bytes arrive one by one",
    ),
    FaultRow(
        kind="slow",
        id="F-11",
        word="proxy",
        targets="link",
        lasts_s=(2, 8),
        values=("1000", "20000"),
        meaning="so many bytes per second pass",
    ),
    FaultRow(
        kind="late",
        id="F-11",
        word="proxy",
        targets="link",
        lasts_s=(2, 8),
        values=("0.2", "1.0", "3.0"),
        meaning="every byte is so many seconds late",
    ),
    FaultRow(
        kind="corrupt",
        id="F-26",
        word="proxy",
        targets="link",
        lasts_s=(0.5, 2),
        values=("0.05", "0.3"),
        weight=0.5,
        meaning="in this share of what passes one byte is broken",
    ),
    FaultRow(
        kind="slow_reader",
        id="F-12",
        word="strategy",
        targets="strategy",
        lasts_s=(3, 8),
        values=("0.02", "0.2"),
        meaning="each callback takes so many seconds",
    ),
    FaultRow(
        kind="flood",
        id="F-13",
        word="flood",
        targets="market",
        lasts_s=(2, 5),
        values=("100",),
        meaning="the venue sends so many times as much market data as usual",
    ),
    FaultRow(
        kind="flood_intents",
        id="F-13",
        word="flood",
        targets="strategy",
        lasts_s=(2, 5),
        meaning="a strategy sends hundreds of orders where it wanted one",
    ),
    FaultRow(
        kind="duplicate",
        id="F-14",
        word="venue",
        targets="orders",
        lasts_s=(2, 8),
        meaning="the venue tells its news of orders twice",
    ),
    FaultRow(
        kind="delay",
        id="F-15",
        word="venue",
        targets="orders",
        lasts_s=(2, 8),
        values=("0.3", "2.0"),
        meaning="news of orders come late and out of order",
    ),
    FaultRow(
        kind="drop",
        id="F-16",
        word="venue",
        targets="orders",
        lasts_s=(2, 8),
        meaning="news of orders and fills never come",
    ),
    FaultRow(
        kind="gap",
        id="F-17",
        word="venue",
        targets="books",
        meaning="one update of a book is missing",
    ),
    FaultRow(
        kind="http_no_answer",
        id="F-07",
        word="venue",
        targets="requests",
        values=("1", "3"),
        meaning="so many order requests are carried out and never answered",
    ),
    FaultRow(
        kind="http_lost",
        id="F-16",
        word="venue",
        targets="requests",
        values=("1", "3"),
        meaning="so many order requests vanish",
    ),
    FaultRow(
        kind="http_reset",
        id="F-08",
        word="venue",
        targets="requests",
        values=("1", "3"),
        meaning="so many order requests are carried out, then the connection is reset",
    ),
    FaultRow(
        kind="http_reset_before",
        id="F-08",
        word="venue",
        targets="requests",
        values=("1", "3"),
        meaning="the connection is reset before so many order requests are read",
    ),
    FaultRow(
        kind="http_delay",
        id="F-15",
        word="venue",
        targets="requests",
        values=("1.0", "6.0"),
        meaning="an order is carried out at once and answered so many seconds later",
    ),
    FaultRow(
        kind="http_status",
        id="F-33",
        word="venue",
        targets="requests",
        values=("429", "500", "503"),
        meaning="order requests are refused with this status",
    ),
    FaultRow(
        kind="disk_full",
        id="F-19",
        word="disk",
        targets="disk",
        lasts_s=(1, 6),
        meaning="the disk under the journal is full",
    ),
    FaultRow(
        kind="write_error",
        id="F-20",
        word="disk",
        targets="router",
        lasts_s=(2, 8),
        values=("EIO", "EDQUOT"),
        meaning="a write to the journal fails with this error",
    ),
    FaultRow(
        kind="sync_error",
        id="F-20",
        word="disk",
        targets="router",
        lasts_s=(2, 8),
        values=("EIO", "ENOSPC"),
        meaning="a sync of the journal fails with this error; nothing may go on after it",
    ),
    FaultRow(
        kind="reject_login",
        id="F-29",
        word="login",
        targets="private",
        weight=0.3,
        meaning="the venue refuses a login; an operator starts the session again",
    ),
    FaultRow(
        kind="expire_login",
        id="F-30",
        word="login",
        targets="private",
        meaning="the venue forgets a login without a word",
    ),
    FaultRow(
        kind="unsubscribe",
        id="F-31",
        word="venue",
        targets="topic",
        meaning="the venue silently delivers a topic no more",
    ),
    FaultRow(
        kind="refuse_connection",
        id="F-33",
        word="venue",
        targets="stream",
        values=("0", "429", "503"),
        meaning="the next connection is refused with this status, 0 by a reset",
    ),
    FaultRow(
        kind="refuse",
        id="F-33",
        word="proxy",
        targets="link",
        lasts_s=(1, 8),
        meaning="nobody listens at the venue's address",
    ),
    FaultRow(
        kind="close",
        id="F-34",
        word="venue",
        targets="stream",
        values=("1000", "1001", "1011"),
        meaning="the venue closes a connection with this code",
    ),
    FaultRow(
        kind="half_close",
        id="F-34",
        word="venue",
        targets="stream",
        meaning="the venue closes one half of a connection",
    ),
    FaultRow(
        kind="stream_reset",
        id="F-34",
        word="venue",
        targets="stream",
        meaning="the venue resets a connection",
    ),
    FaultRow(
        kind="frame_torn",
        id="F-34",
        word="venue",
        targets="orders",
        meaning="half a frame, then the end of the connection",
    ),
    FaultRow(
        kind="swizzle",
        id="F-35",
        word="swizzle",
        targets="all_links",
        lasts_s=(4, 12),
        meaning="all links stop one by one and come back in another order",
    ),
)

WORDS: Final[Mapping[str, str]] = {
    "crash": "processes are killed",
    "points": "processes are killed between two steps of an order",
    "supervisor": "the supervisor is killed",
    "pause": "processes are stopped and go on later",
    "hang": "a strategy's callback does not return",
    "strategy": "a strategy is slow",
    "flood": "the venue or a strategy sends far too much",
    "proxy": "the network between session and venue misbehaves",
    "swizzle": "all links go and come back in another order",
    "venue": "the venue loses, repeats, delays, refuses",
    "login": "the venue refuses or forgets logins",
    "disk": "the disk is full, or fails to write or to sync",
}


@attrs.frozen(kw_only=True)
class Fault:
    """One fault of a schedule; times are seconds from the start of its phase."""

    number: int
    at_s: float
    id: str
    kind: str
    target: str
    lasts_s: float = 0.0
    value: str = ""

    def __str__(self) -> str:
        value = f" {self.value}" if self.value else ""
        lasts = f" for {self.lasts_s:g} s" if self.lasts_s else ""
        return f"{self.at_s:7.1f} s  {self.id} {self.kind}{value} on {self.target}{lasts}"


@attrs.frozen(kw_only=True)
class Schedule:
    """What one seed decided."""

    seed: int
    duration_s: float
    faults: tuple[Fault, ...]


def chosen_rows(words: Sequence[str]) -> tuple[FaultRow, ...]:
    """The kinds of fault meant by ids, groups or names; all of them when nothing is named.

    Raises:
        ValueError: for a word that means none, with those there are.
    """
    rows = tuple(row for row in CATALOGUE if not words or {row.id, row.word, row.kind} & set(words))
    known = {word for row in CATALOGUE for word in (row.id, row.word, row.kind)}
    unknown = [word for word in words if word not in known]
    if unknown:
        ids = ", ".join(sorted({row.id for row in CATALOGUE}))
        raise ValueError(
            f"there is no fault {unknown[0]!r}; groups: {', '.join(WORDS)}; ids: {ids}; "
            f"kinds: {', '.join(row.kind for row in CATALOGUE)}"
        )
    return rows


def make_schedule(
    seed: int,
    duration_s: float,
    targets: Mapping[str, Sequence[str]],
    words: Sequence[str] = (),
    *,
    gap_s_mean: float = GAP_S_MEAN,
) -> Schedule:
    """The schedule that these arguments always give.

    Args:
        seed: decides everything.
        duration_s: of the phase in which there are faults.
        targets: names by kind of fault or, for kinds that are not there, by class of target (see
            `FaultRow.targets`); what has no names is spared.
        words: ids, groups or names of kinds; all when empty.
        gap_s_mean: between two faults.

    Raises:
        ValueError: an unknown word, or nothing to strike.
    """
    names = {row.kind: targets.get(row.kind, targets.get(row.targets, ())) for row in CATALOGUE}
    rows = [row for row in chosen_rows(words) if names[row.kind]]
    if not rows:
        raise ValueError("none of these faults can strike anything here")
    random = Random(seed)  # noqa: S311 - reproducible on purpose
    # Activation per run: a run with fewer kinds of fault meets more of the same, which finds what a
    # mix of everything hides.
    active = [row for row in rows if random.random() < 0.7] or rows
    faults: list[Fault] = []
    at_s = 0.0
    while len(faults) < FAULTS_MAX:
        at_s += max(GAP_S_MIN, random.expovariate(1 / gap_s_mean))
        if at_s > duration_s - HEAL_MARGIN_S:
            break
        row = random.choices(active, [each.weight for each in active])[0]
        low_s, high_s = row.lasts_s
        faults.append(
            Fault(
                number=len(faults) + 1,
                at_s=round(at_s, 2),
                id=row.id,
                kind=row.kind,
                target=random.choice(list(names[row.kind])),
                lasts_s=round(random.uniform(low_s, high_s), 2),
                value=random.choice(row.values) if row.values else "",
            )
        )
    return Schedule(seed=seed, duration_s=duration_s, faults=tuple(faults))
