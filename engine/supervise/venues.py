"""A venue's sessions under an operator's hand: restart them, log in again, stop them until told otherwise.

All of them start things and wait for nothing; what comes of it shows in the status.
"""

from collections.abc import Callable, Mapping

import attrs

from engine.errors import ConfigError
from engine.settings.secrets import Secret
from engine.supervise.admin import Refusal, Verb
from engine.supervise.child import Child
from engine.supervise.placeholders import Published

KINDS = frozenset({"session", "paper"})
"""Actors that stand between the engine and a venue."""

DOWN = "down"
"""What a session that has given up says of itself: it waits for a person."""

Arguments = Mapping[str, object]


class VenueVerbs:
    """The verbs `venue-…` over the supervisor's children."""

    def __init__(
        self,
        children: Mapping[str, Child],
        stopping: Callable[[], bool],
        environ: Mapping[str, str],
    ) -> None:
        self._children = children
        self._stopping = stopping
        self._environ = environ

    def verbs(self) -> Mapping[str, Verb]:
        """By name."""
        return {
            "venue-restart": Verb(self._restart, commands=True),
            "venue-login": Verb(self._login, commands=True),
            "venue-stop": Verb(self._stop, commands=True),
        }

    def _restart(self, arguments: Arguments, reason: str) -> object:
        """Also of sessions that were stopped, gave up or used up their restarts."""
        sessions = self._sessions(arguments)
        return self._each(sessions, arguments, "restarting", lambda c: _recycle(c, reason))

    def _login(self, arguments: Arguments, reason: str) -> object:
        """With credentials read anew: mostly the old ones were wrong. Refused when they cannot be read."""
        sessions = [child for child in self._sessions(arguments) if _word(child) == DOWN]
        if not sessions:
            states = ", ".join(f"{c.spec.name} {_word(c)}" for c in self._sessions(arguments))
            raise Refusal(f"no session has given up logging in: {states}")
        found = {child.spec.name: self._secrets(child) for child in sessions}

        def log_in(child: Child) -> None:
            child.spec = attrs.evolve(child.spec, secrets=found[child.spec.name])
            _recycle(child, reason)

        return self._each(sessions, arguments, "logging_in", log_in)

    def _secrets(self, child: Child) -> Mapping[str, Secret | Published]:
        """The secrets that the session's next process is to have."""
        spec = child.spec
        if spec.credentials is None or not spec.secrets:
            return spec.secrets
        try:
            found = spec.credentials.read(self._environ)
        except ConfigError as error:
            problems = "; ".join(str(problem) for problem in error.problems)
            raise Refusal(
                f"the credentials of {spec.name} cannot be read, nothing was done: {problems}"
            ) from None
        return {name: found[name] for name in spec.secrets}

    def _stop(self, arguments: Arguments, reason: str) -> object:
        sessions = self._sessions(arguments)
        return self._each(
            sessions, arguments, "stopped", lambda c: c.halt(f"stopped by hand: {reason}")
        )

    def _each(
        self, sessions: list[Child], arguments: Arguments, word: str, do: Callable[[Child], None]
    ) -> object:
        names = [child.spec.name for child in sessions]
        if arguments.get("dry_run") is True:
            return {"dry_run": True, "verb": f"venue {word}", "would": {word: names}}
        for child in sessions:
            do(child)
        return {word: names}

    def _sessions(self, arguments: Arguments) -> list[Child]:
        if self._stopping():
            raise Refusal("the engine is stopping")
        venue = arguments.get("venue")
        sessions = [child for child in self._children.values() if child.spec.kind in KINDS]
        found = [child for child in sessions if child.spec.settings.get("venue") == venue]
        if not found:
            known = dict.fromkeys(str(child.spec.settings.get("venue")) for child in sessions)
            raise Refusal(f"there is no venue {venue!r}; there are {', '.join(known)}")
        return found


def _recycle(child: Child, reason: str) -> None:
    child.recycle(reason or "operator", forgive=True)


def _word(child: Child) -> str:
    """How far the session's connection is, as it says itself; else the state of its process."""
    said = child.life.gauges.get("state") if child.life is not None else None
    return str(said or child.state.value)
