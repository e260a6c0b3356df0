"""INV-16, INV-17: no secret shows anywhere, and every error that was logged is one of ours."""

import base64
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from engine.drill.checkers.history import History
from engine.drill.checkers.verdict import Checker, Evidence, Findings
from engine.errors import EngineError

UNCLASSIFIED = "unclassified"
"""What counts errors outside the taxonomy, where somebody counts them."""

_RAISED = re.compile(
    r"^[\s|]*((?:\w+\.)*\w*(?:Error|Exception|Violation)|engine\.errors\.\w+)\b", re.MULTILINE
)
"""A line of a traceback that names what was raised."""

CANARY_CHARS_MIN = 8
"""Shorter secrets would be found by accident; a harness makes longer ones."""


def _no_secret(history: History, findings: Findings) -> None:
    haystacks = dict(history.texts or {})
    haystacks["log lines"] = "\n".join(str(dict(line)) for line in history.log_lines or ())
    haystacks["journal"] = (history.journal_bytes or b"").decode("latin-1")
    for name, secret in (history.canaries or {}).items():
        long_enough = len(secret) >= CANARY_CHARS_MIN
        findings.expect(long_enough, f"canary {name} is too short to search for")
        for place, text in haystacks.items():
            found = long_enough and any(form in text for form in _forms(secret))
            findings.expect(not found, f"secret {name} is in {place}")


def _forms(secret: str) -> Iterator[str]:
    """The secret as it is, and as it would travel."""
    yield secret
    yield quote(secret, safe="")
    yield base64.b64encode(secret.encode()).decode().rstrip("=")
    yield secret.encode().hex()


def _classified(history: History, findings: Findings) -> None:
    taxonomy = {each.__name__ for each in _family(EngineError)}
    for line in history.log_lines or ():
        event = line.get("event", line)
        counted = line.get(UNCLASSIFIED, 0)
        findings.expect(not counted, f"{counted} errors of no class were counted: {event}")
        for name in _raised(line):
            findings.expect(name in taxonomy, f"{name} is no class of ours, logged with: {event}")


def _raised(line: Mapping[str, object]) -> list[str]:
    """The classes of the errors that a line tells: as it names them, or of its traceback the last."""
    classes = line.get("classes")
    if isinstance(classes, list):
        return [str(name) for name in classes]
    text = line.get("error")
    raised = _RAISED.findall(text) if isinstance(text, str) and "Traceback" in text else []
    return [str(name).rpartition(".")[2] for name in raised[-1:]]  # what was left of the chain


def _family(parent: type[Exception]) -> Iterator[type[Exception]]:
    for child in parent.__subclasses__():
        yield child
        yield from _family(child)


INV_16 = Checker(
    "INV-16",
    "no canary value in logs, journal, outputs, arguments or environments",
    needs=frozenset({Evidence.CANARIES, Evidence.TEXTS}),
    uses=frozenset({Evidence.LOG_LINES, Evidence.JOURNAL_BYTES}),
    run=_no_secret,
)
INV_17 = Checker(
    "INV-17",
    "every logged error has a class of the taxonomy",
    needs=frozenset({Evidence.LOG_LINES}),
    run=_classified,
)
