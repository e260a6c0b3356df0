"""Finding and loading plugins: `module:Class` below the strategies folder, and nothing else.

The configuration names code that will run with a trader's money, so the path from text to code is
narrow: identifiers only, a file below the folder, no symbolic link out of it.
"""

import importlib.util
import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from engine.errors import ConfigError, Problem
from engine.settings.converter import structure, unknown_key
from engine.strategy.base import Strategy
from engine.strategy.parameters import declared
from engine.strategy.soundness import faults_of
from engine.tracebacks import message_of, place_of

_REFERENCE = re.compile(
    r"(?:strategies\.)?(?P<module>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):(?P<name>[A-Za-z_]\w*)", re.ASCII
)
MODULES_MAX = 500
"""Files looked at in a strategies folder; more is not a strategies folder."""


def load_class(reference: str, folder: Path, *, path: str = "class") -> type[Strategy]:
    """The strategy class that `reference` (`sma_cross:SmaCross`) names below `folder`.

    Args:
        reference: `module:Class`, optionally with a leading `strategies.`.
        folder: the only place that code is loaded from.
        path: where the reference stands in the configuration, for messages.

    Raises:
        ConfigError: a malformed reference, no such file or class, code that fails to import, or a
            class with a mistake that would pass in silence (`engine.strategy.soundness`).
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ConfigError(
            Problem(
                path, f"{reference!r} is not module:Class", 'e.g. "strategies.sma_cross:SmaCross"'
            )
        )
    module = load_module(match["module"], folder, path)
    found = getattr(module, match["name"], None)
    if not (isinstance(found, type) and issubclass(found, Strategy) and found is not Strategy):
        known = ", ".join(cls.__name__ for cls in classes_of(module)) or "none"
        raise ConfigError(
            Problem(
                path, f"{module.__file__} has no strategy {match['name']!r}", f"it has: {known}"
            )
        )
    faults = faults_of(found, path)
    if faults:
        raise ConfigError(*faults)
    return found


def load_parameters(cls: type[Strategy], raw: object, *, path: str = "parameters") -> object:
    """The checked parameters of a strategy. Raises ConfigError with every fault and its path."""
    problems: list[Problem] = []
    if isinstance(raw, Mapping):
        known = [name.removesuffix("_") for name in declared(cls)]
        problems = [_unknown(cls, key, known, path) for key in raw if key not in known]
        raw = {key: value for key, value in raw.items() if key in known}
    try:
        parameters: object = structure(raw, cls.Parameters, path=path)
    except ConfigError as error:
        raise ConfigError(*problems, *error.problems) from None
    if problems:
        raise ConfigError(*problems)
    return parameters


def _unknown(cls: type[Strategy], key: str, known: Sequence[str], path: str) -> Problem:
    """A key that the class does not declare; often it was meant to, and is a plain attribute."""
    kind = inspect.get_annotations(cls).get(key)
    word = getattr(kind, "__name__", kind) or type(getattr(cls, key, 1)).__name__
    example = f"{key}: {word} = parameter({getattr(cls, key, '')!r})".replace("''", "")
    if kind is not None or (key in vars(cls) and not callable(vars(cls)[key])):
        return Problem(path, f"{cls.__name__}.{key} is no parameter", f"write `{example}`")
    if not known:
        problem = f"unknown key {key!r}: {cls.__name__} declares no parameters"
        return Problem(path, problem, f"declare it in the class: `{key}: int = parameter(3)`")
    return Problem(path, *unknown_key(key, known))


def discover(folder: Path) -> list[tuple[str, Path]]:
    """(module name, file) of every plugin file in the folder, sorted; names with `_` first are skipped."""
    files = sorted(folder.glob("*.py"))[:MODULES_MAX]
    return [(file.stem, file) for file in files if not file.name.startswith("_")]


def classes_of(module: ModuleType) -> list[type[Strategy]]:
    """Strategy classes that the module itself defines, in the order of their definition."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Strategy)
        and value is not Strategy
        and value.__module__ == module.__name__
    ]


def load_module(name: str, folder: Path, path: str) -> ModuleType:
    """Import `name` from below `folder`, anew. Raises ConfigError for whatever goes wrong."""
    file = _file_of(name, folder, path)
    full_name = f"strategies.{name}"
    spec = importlib.util.spec_from_file_location(full_name, file)
    if spec is None or spec.loader is None:
        raise ConfigError(Problem(path, f"{file} cannot be loaded as Python code"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = module
    try:
        spec.loader.exec_module(module)
    except (
        Exception,
        SystemExit,
    ) as error:  # plugin code: also one that exits is only its own fault
        del sys.modules[full_name]
        fault = f"{file} fails on import: {message_of(error)}"
        place = "" if isinstance(error, SyntaxError) else place_of(error, folder)
        raise ConfigError(Problem(path, f"{fault} ({place})" if place else fault)) from error
    return module


def _file_of(name: str, folder: Path, path: str) -> Path:
    root = folder.resolve()
    file = root.joinpath(*name.split(".")).with_suffix(".py")
    if not file.is_file():
        known = ", ".join(stem for stem, _ in discover(root)) or "none"
        raise ConfigError(Problem(path, f"there is no {file}", f"plugins there: {known}"))
    if not file.resolve().is_relative_to(root):
        raise ConfigError(Problem(path, f"{file} leads out of the strategies folder"))
    return file
