"""Names in `[risk]` that mean nothing: a misspelt section would be a limit that is never applied."""

import difflib
from collections.abc import Iterable, Iterator, Mapping

from engine.errors import Problem
from engine.model.enums import Mode
from engine.settings.model import OPERATOR, EngineSettings


def unknown_names(settings: EngineSettings) -> Iterator[Problem]:
    """Sections of limits for venues, strategies and instruments that the configuration has not."""
    known: Mapping[str, tuple[str, Iterable[str]]] = {
        "venues": ("no venue has this name", settings.venues),
        "accounts": (
            "no account has this name (it is VENUE.live or VENUE.paper)",
            (f"{venue}.{mode}" for venue in settings.venues for mode in Mode),
        ),
        "strategies": (
            "no strategy has this name",
            (OPERATOR, *(one.name for one in settings.strategies)),
        ),
        "instruments": (
            "no strategy trades it and no venue names it as a reference",
            _instruments(settings),
        ),
    }
    for section, (problem, names) in known.items():
        limits = settings.risk.get(section)
        if isinstance(limits, Mapping):
            choices = sorted(set(names))
            for name in limits:
                if name not in choices:
                    yield Problem(f"risk.{section}.{name}", problem, _hint(name, choices))


def _instruments(settings: EngineSettings) -> Iterator[str]:
    for strategy in settings.strategies:
        yield from strategy.instruments
    for venue in settings.venues.values():
        yield from venue.reference_instruments


def _hint(name: str, choices: list[str]) -> str:
    folded = {choice.casefold(): choice for choice in choices}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    if near:
        return f"did you mean {folded[near[0]]!r}?"
    return f"there are: {', '.join(choices) or 'none'}"
