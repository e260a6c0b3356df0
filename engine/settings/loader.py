"""Reads a TOML file into `EngineSettings` and checks what can be checked without venues.

Relative paths in the file are relative to the file. `[venues.<name>]` mixes the engine's own keys
(`simulator`, `credentials`, `reference_instruments`) with the venue package's; the latter are kept
apart here and structured by the venue's class where the tree of processes is built.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from engine.errors import ConfigError, Problem
from engine.model.enums import Mode
from engine.model.instrument import instrument_id_of, symbol_of, venue_of
from engine.settings.converter import structure
from engine.settings.model import OPERATOR, EngineSettings, StrategySection, VenueSection
from engine.settings.riskcheck import unknown_names
from engine.settings.salvage import UNREADABLE, salvage

CONFIG_BYTES_MAX = 1024 * 1024
"""A configuration is a page or two; a bound against reading the wrong file."""

_ENGINE_KEYS = frozenset(
    field.name for field in attrs.fields(VenueSection) if field.name != "settings"
)


@attrs.frozen(kw_only=True)
class Examined:
    """A configuration with all that is wrong with it as far as venues and plugins do not matter.

    Attributes:
        settings: what could be read; only without problems is it fit to run.
        problems: what is wrong.
        unreadable: paths of what was left out of the settings.
    """

    settings: EngineSettings
    problems: tuple[Problem, ...]
    unreadable: frozenset[str]

    def named(self, problems: Iterable[Problem]) -> list[Problem]:
        """The same problems; those of a strategy's entry know its name as well as its number."""
        return [_named(problem, self.settings.strategies) for problem in problems]

    def without_echoes(self, later: Iterable[Problem]) -> list[Problem]:
        """Those of later checks that do not only follow from what could not be read."""
        return [problem for problem in later if not _below(problem.path, self.unreadable)]


def load(file: Path) -> EngineSettings:
    """The settings in `file`. Raises ConfigError with every problem found."""
    return _good(examine(file))


def load_text(text: str, *, source: Path | None = None) -> EngineSettings:
    """The settings in a TOML text; `source` anchors relative paths and names it in messages."""
    return _good(examine_text(text, source=source))


def _good(examined: Examined) -> EngineSettings:
    if examined.problems:
        raise ConfigError(*examined.problems)
    return examined.settings


def examine(file: Path) -> Examined:
    """What is in `file`, good or bad. Raises ConfigError when it is not TOML that can be read."""
    try:
        if file.stat().st_size > CONFIG_BYTES_MAX:
            raise ConfigError(Problem(str(file), f"larger than {CONFIG_BYTES_MAX} bytes"))
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            Problem(str(file), f"cannot be read: {error.strerror}", "see config/ for examples")
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(Problem(str(file), "is not UTF-8 text")) from None
    return examine_text(text, source=file)


def examine_text(text: str, *, source: Path | None = None) -> Examined:
    """The same for a TOML text."""
    try:
        raw = _split_venues(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Problem(str(source or "(text)"), f"is not valid TOML: {error}")) from None
    problems: list[Problem] = []
    unreadable: frozenset[str] = frozenset()
    try:
        settings = structure(raw, EngineSettings)
    except ConfigError as error:
        problems.extend(error.problems)
        settings, unreadable = salvage(raw)
    settings = _anchor(attrs.evolve(settings, source=source))
    twice = frozenset(f"strategy.{name}" for name in _used_twice(settings))
    examined = Examined(settings=settings, problems=(), unreadable=unreadable | twice)
    problems += examined.without_echoes(_checks(settings, unreadable))
    return attrs.evolve(examined, problems=tuple(examined.named(problems)))


def _checks(settings: EngineSettings, unreadable: frozenset[str]) -> Iterator[Problem]:
    """What the sections must be to each other."""
    if "engine.name" not in unreadable:
        yield from _check_live(settings)
    yield from _check_strategies(settings)
    yield from _check_claims(settings)
    if not any(_NAMING.search(path) for path in unreadable):
        yield from unknown_names(settings)


_NAMING = re.compile(r"^venues(\.[^.]+)?$|^strategies(\[\d+\])?$|name$|instruments$")
"""Paths of what limits are given for; when one cannot be read, no name can be called unknown."""


_ENTRY = re.compile(r"strategies\[(\d+)\]")


def _named(problem: Problem, strategies: Sequence[StrategySection]) -> Problem:
    entry = _ENTRY.match(problem.path)
    name = strategies[int(entry[1])].name if entry and int(entry[1]) < len(strategies) else ""
    if name in ("", UNREADABLE):
        return problem
    return Problem(problem.path, problem.problem, problem.hint, name=name)


def _below(path: str, unreadable: frozenset[str]) -> bool:
    """Whether a path is one of these or inside of one."""
    return any(path == up or path.startswith((f"{up}.", f"{up}[")) for up in unreadable)


def _used_twice(settings: EngineSettings) -> Iterator[str]:
    names = [strategy.name for strategy in settings.strategies]
    return (name for name in set(names) if names.count(name) > 1)


def _split_venues(raw: Mapping[str, object]) -> dict[str, object]:
    """Move a venue package's own keys under `settings`."""
    venues = raw.get("venues")
    if not isinstance(venues, Mapping):
        return dict(raw)
    split: dict[str, object] = {}
    for name, section in venues.items():
        if not isinstance(section, Mapping):
            split[name] = section
            continue
        ours = {key: value for key, value in section.items() if key in _ENGINE_KEYS}
        split[name] = ours | {
            "settings": {k: v for k, v in section.items() if k not in _ENGINE_KEYS}
        }
    return {**raw, "venues": split}


def _anchor(settings: EngineSettings) -> EngineSettings:
    """Make relative paths relative to the file that names them."""
    if settings.source is None:
        return settings
    base = settings.source.resolve().parent
    engine = settings.engine
    engine = attrs.evolve(
        engine,
        run_dir=base / engine.run_dir if engine.run_dir else None,
        state_dir=base / engine.state_dir if engine.state_dir else None,
        witness_dir=base / engine.witness_dir if engine.witness_dir else None,
    )
    venues = {name: _anchor_venue(section, base) for name, section in settings.venues.items()}
    return attrs.evolve(settings, engine=engine, venues=venues)


def _anchor_venue(section: VenueSection, base: Path) -> VenueSection:
    simulator, credentials = section.simulator, section.credentials
    if simulator is not None and simulator.replay is not None:
        simulator = attrs.evolve(simulator, replay=base / simulator.replay)
    if credentials is not None and credentials.file is not None:
        credentials = attrs.evolve(credentials, file=base / credentials.file)
    return attrs.evolve(section, simulator=simulator, credentials=credentials)


def _check_live(settings: EngineSettings) -> list[Problem]:
    engine = settings.engine
    if engine.mode is not Mode.LIVE or settings.live.confirm == engine.name:
        return []
    return [
        Problem(
            "live.confirm",
            'mode "live" trades real money and needs a second switch',
            f'write [live] confirm = "{engine.name}"',
        )
    ]


def _check_strategies(settings: EngineSettings) -> list[Problem]:
    problems: list[Problem] = []
    seen: set[str] = set()
    for position, strategy in enumerate(settings.strategies):
        path = f"strategies[{position}]"
        if strategy.name in seen:
            problems.append(Problem(f"{path}.name", f"{strategy.name!r} is used twice"))
        seen.add(strategy.name)
        if strategy.name == OPERATOR:
            problem = f"{OPERATOR!r} is the owner of orders by hand"
            problems.append(Problem(f"{path}.name", problem, "choose another name"))
        problems += _check_instruments(path, strategy, settings)
        problems += _check_twins(path, strategy)
        if strategy.mode is Mode.LIVE and settings.engine.mode is Mode.PAPER:
            problems.append(
                Problem(f"{path}.mode", "a strategy cannot be live while the engine is on paper")
            )
    return problems


def _check_claims(settings: EngineSettings) -> list[Problem]:
    owners = [OPERATOR, *(strategy.name for strategy in settings.strategies)]
    return [
        Problem(
            f"venues.{name}.claim_external",
            f"there is no owner {section.claim_external!r}",
            f"there are: {', '.join(owners)}",
        )
        for name, section in settings.venues.items()
        if section.claim_external and section.claim_external not in owners
    ]


def _check_instruments(
    path: str, strategy: StrategySection, settings: EngineSettings
) -> list[Problem]:
    if not strategy.instruments:
        return [Problem(f"{path}.instruments", "names no instrument", 'e.g. ["BTCUSDT.WOOXPRO"]')]
    problems = []
    for instrument in strategy.instruments:
        venue = venue_of(instrument)
        if not symbol_of(instrument) or not instrument.isascii():
            problems.append(Problem(f"{path}.instruments", f"{instrument!r} is not SYMBOL.VENUE"))
        elif instrument != instrument_id_of(symbol_of(instrument), venue):
            hint = f"write {instrument_id_of(symbol_of(instrument), venue)!r}"
            problem = f"{instrument!r} names its venue in small letters"
            problems.append(Problem(f"{path}.instruments", problem, hint))
        elif venue not in settings.venues:
            problems.append(
                Problem(
                    f"{path}.instruments",
                    f"{instrument!r} is at the venue {venue!r}, which is not configured",
                    f"add [venues.{venue}]",
                )
            )
    return problems


def _check_twins(path: str, strategy: StrategySection) -> Iterator[Problem]:
    """Both of a pair are the strategy's, and a twin stands for others only, never for itself."""
    for pair in strategy.twins.items():
        where = f"{path}.twins"
        for name in pair:
            if name not in strategy.instruments:
                problem = f"{name!r} is not among the strategy's instruments"
                yield Problem(where, problem, "add it to `instruments`: it is watched or traded")
        if pair[1] in strategy.twins:
            yield Problem(where, f"{pair[1]!r} is a twin and has one itself", "name a pair once")
