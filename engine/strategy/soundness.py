"""Mistakes in a strategy's class that Python would let pass in silence, found before it trades.

A callback with a misspelt name is never called, a coroutine never runs, and a method named like a
verb takes the verb's place. All that is seen without running any of the strategy's code.
"""

import difflib
import inspect
from collections.abc import Iterator
from typing import Any

from engine.errors import Problem
from engine.strategy.base import Strategy

CALLBACKS = frozenset(
    {"check_parameters", *(name for name in vars(Strategy) if name.startswith("on_"))}
)
"""What a strategy may fill in; everything else of the base class is there to be called."""

RESERVED = frozenset(
    name
    for name in vars(Strategy)
    if not name.startswith("__") and name not in {*CALLBACKS, "Parameters"}
)
"""Verbs and what it knows: names that a strategy calls and must not use for its own."""

_SET_UP = (
    "set up in `on_start`, where all is known; or take `(self, *arguments)` and call "
    "`super().__init__(*arguments)` first"
)

ALIKE = 0.75
"""From this likeness on a name is a misspelt callback: `on_quotes` is, `on_signal` is not."""

_NEVER_RUNS = (
    (inspect.iscoroutinefunction, "async", "write `def`, and give slow work to `self.offload`"),
    (inspect.isasyncgenfunction, "async", "write `def`, and give slow work to `self.offload`"),
    (inspect.isgeneratorfunction, "a generator", "leave `yield` out"),
)


def faults_of(cls: type[Strategy], path: str) -> list[Problem]:
    """Every such mistake in the class and its bases, by name, file and line.

    Args:
        cls: the strategy.
        path: where it is named, for the problems.
    """
    nearest: dict[str, tuple[type, Any]] = {}
    for base in cls.__mro__:
        if base not in (Strategy, object):
            for name, raw in vars(base).items():
                nearest.setdefault(name, (base, raw))
    return [
        Problem(path, f"{_where(base, raw)}{base.__name__}.{name} {fault}", hint)
        for name, (base, raw) in nearest.items()
        for fault, hint in _faults(name, raw)
    ]


def _faults(name: str, raw: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with one name of a class, and what to do."""
    if name == "__init__":
        if not _hands_on(raw):
            yield (
                "takes the place of the engine's own, which hands in parameters and verbs",
                _SET_UP,
            )
    elif name in CALLBACKS:
        yield from _callback_faults(name, raw)
    elif name in RESERVED:
        yield (
            "takes the place of what every strategy has under this name",
            f"choose another name; `self.{name}` is the engine's",
        )
    elif callable(raw) and (meant := _meant(name)):
        own = "a method of your own needs a name that is less like it"
        yield "is no callback and would never be called", f"did you mean `{meant}`? {own}"


def _hands_on(init: Any) -> bool:
    """Whether an `__init__` takes what the engine gives and calls that of its base, as far as can be seen."""
    code = getattr(init, "__code__", None)
    if code is None or not {"super", "__init__"} <= set(code.co_names):
        return False
    try:
        inspect.signature(init).bind("self", "desk", "parameters")
    except TypeError:
        return False
    return True


def _callback_faults(name: str, raw: Any) -> Iterator[tuple[str, str]]:
    function = raw.__func__ if isinstance(raw, staticmethod | classmethod) else raw
    if not callable(function):
        yield f"is a callback, so it must be a method, not {type(raw).__name__}", _called_as(name)
        return
    for is_so, word, hint in _NEVER_RUNS:
        if is_so(function):
            yield f"is {word}, so calling it would not run it", hint
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # made in C: nothing is known of it
        return
    positional, keywords = _arguments(name)
    try:
        signature.bind(*positional[isinstance(raw, staticmethod) :], **dict.fromkeys(keywords))
    except TypeError as error:
        yield f"cannot be called: {error}", _called_as(name)


def _arguments(name: str) -> tuple[list[str], list[str]]:
    """What the engine hands to a callback: by position, `self` first, and by keyword."""
    found = inspect.signature(getattr(Strategy, name)).parameters.values()
    by_keyword = [one.name for one in found if one.kind is inspect.Parameter.KEYWORD_ONLY]
    return [one.name for one in found if one.name not in by_keyword], by_keyword


def _called_as(name: str) -> str:
    positional, keywords = _arguments(name)
    words = [*positional, *(["*", *keywords] if keywords else [])]
    return f"write `def {name}({', '.join(words)})`"


def _meant(name: str) -> str:
    """The callback that a name is like; empty for a method of one's own."""
    near = [known for known in CALLBACKS if _bare(known) == _bare(name)]
    if not near and name.startswith("on_"):
        near = difflib.get_close_matches(name, sorted(CALLBACKS), n=1, cutoff=ALIKE)
    return near[0] if near else ""


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def _where(base: type, raw: Any) -> str:
    """`mine.py:12: ` of a method, `mine.py: ` of anything else."""
    function = raw.__func__ if isinstance(raw, staticmethod | classmethod) else raw
    code = getattr(inspect.unwrap(function) if callable(function) else None, "__code__", None)
    if code is not None:
        return f"{code.co_filename.rpartition('/')[2]}:{code.co_firstlineno}: "
    return f"{base.__module__.rpartition('.')[2]}.py: "
