"""The invariants INV-1 to INV-17 as objects that judge a history; see `verdict` and `history`.

They recompute from what independent witnesses noted and share no code with the router beyond the
words and the form of its records: a checker that used the router's own sums would agree with its
mistakes.
"""

from engine.drill.checkers.catalogue import CHECKERS, judge
from engine.drill.checkers.history import (
    Bounds,
    Entry,
    Figure,
    History,
    Leftovers,
    MarketEvent,
    MarketWord,
    ProcessSample,
    StrategyEvent,
    StrategyWord,
    SyncPoint,
    VenueEvent,
    VenueWord,
    Window,
)
from engine.drill.checkers.verdict import Checker, Evidence, Verdict

__all__ = [
    "CHECKERS",
    "Bounds",
    "Checker",
    "Entry",
    "Evidence",
    "Figure",
    "History",
    "Leftovers",
    "MarketEvent",
    "MarketWord",
    "ProcessSample",
    "StrategyEvent",
    "StrategyWord",
    "SyncPoint",
    "VenueEvent",
    "VenueWord",
    "Verdict",
    "Window",
    "judge",
]
