"""Looks at plugins in a process of its own: `python -m engine.strategy.inspection`.

Validating a configuration means importing plugin code, and the command line and the supervisor must
not run that in their own process. This program limits itself like a strategy's process, reads one JSON
request from standard input, writes one JSON answer to standard output and ends.
"""

import contextlib
import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import ConfigError, Problem
from engine.strategy.base import Strategy
from engine.strategy.loading import classes_of, discover, load_class, load_module, load_parameters
from engine.strategy.parameters import describe
from engine.strategy.soundness import faults_of
from engine.supervise import limits
from engine.supervise.specs import Limits
from engine.tracebacks import blame

MEMORY_MIB_MIN = 1024
"""What a strategy gets unless its configuration says otherwise; a request may ask for more."""

PROCESSES_MAX = 64
"""Threads and children while plugins load; enough for numerical libraries, a stop for fork bombs."""

FAULT_CHARS_MAX = 1000
"""Of what a plugin raises."""


def check(request: Mapping[str, Any]) -> list[dict[str, str]]:
    """Problems of the strategies in a request `{folder, strategies[{path, class, parameters}]}`."""
    problems: list[Problem] = []
    folder = Path(request["folder"])
    for entry in request["strategies"]:
        try:
            cls = load_class(entry["class"], folder, path=f"{entry['path']}.class")
            parameters = load_parameters(
                cls, entry["parameters"], path=f"{entry['path']}.parameters"
            )
            _check_together(cls, parameters, entry["path"], folder)
        except ConfigError as error:
            problems.extend(error.problems)
    return [{"path": p.path, "problem": p.problem, "hint": p.hint} for p in problems]


def _check_together(cls: type[Strategy], parameters: object, path: str, folder: Path) -> None:
    """Run `check_parameters` on an object without a desk."""
    where = f"{path}.parameters"
    try:
        cls(None, parameters)  # type: ignore[arg-type]  # no verb may be used before on_start
    except ValueError as error:
        raise ConfigError(Problem(where, str(error))) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - plugin call: its fault is a problem
        fault = blame(error, folder, chars_max=FAULT_CHARS_MAX)
        hint = "raise ValueError to refuse parameters; nothing but parameters is known there yet"
        raise ConfigError(Problem(where, f"check_parameters fails: {fault}", hint)) from None


def listing(folder: Path) -> list[dict[str, object]]:
    """Every strategy class in the folder, or the reason why its file does not load."""
    rows: list[dict[str, object]] = []
    for stem, file in discover(folder):
        try:
            classes = classes_of(load_module(stem, folder, str(file)))
        except ConfigError as error:
            rows.append({"name": stem, "source": str(file), "problem": str(error)})
            continue
        rows.extend(_row(stem, file, cls) for cls in classes)
    return rows


def _row(stem: str, file: Path, cls: type[Strategy]) -> dict[str, object]:
    reference = f"strategies.{stem}:{cls.__name__}"
    faults = faults_of(cls, reference)
    if faults:
        problem = "; ".join(map(str, faults))
        return {"name": stem, "class": reference, "source": str(file), "problem": problem}
    return {
        "name": stem,
        "class": reference,
        "doc": inspect.cleandoc(cls.__doc__ or ""),
        "parameters": describe(cls),
        "source": str(file),
    }


def main() -> None:
    """Answer the one request on standard input."""
    request = json.load(sys.stdin)
    limits.make_private()
    memory_mib = max(MEMORY_MIB_MIN, int(request.get("memory_mib", 0)))
    limits.apply(Limits(memory_mib=memory_mib, processes=PROCESSES_MAX))
    # What plugins print while they load must not mix with the answer.
    with contextlib.redirect_stdout(sys.stderr):
        listed = request["verb"] == "list"
        answer: object = listing(Path(request["folder"])) if listed else check(request)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
