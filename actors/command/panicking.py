"""`panic`: cancel everything of an account through the venue's API, without the engine.

Needs the configuration's section of the venue and its credentials, nothing else: no router, no
supervisor, no journal, no run directory. It works while the engine runs, hangs or is gone. What is
decided is `engine.session.panic`; here is the driver, the clock and what a person sees.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import trio

from actors.command import exits
from actors.command.places import run_dir_of
from actors.venues import load
from engine.clock import SystemClock
from engine.errors import BusError, ConfigError, Problem, TransportError
from engine.messages.venue import ReconcilePart
from engine.model.enums import VenueStateWord
from engine.model.instrument import Instrument
from engine.session.backoff import Backoff
from engine.session.contract import Note, OrderNews, PanicProtocol, SetState
from engine.session.declaration import Venue
from engine.session.driver import SessionDriver
from engine.session.making import make_driver
from engine.session.panic import Panic
from engine.settings import EngineSettings, VenueSection, examine, read_credentials
from engine.settings.converter import structure
from engine.supervise.client import RequestRefused, ask

LOOK_S = 0.05
"""How often the clock is looked at."""

BACKOFF = Backoff(first_s=0.2, max_s=2.0)
"""Between two connections; a person waits."""

STATUS_S = 2.0
"""For a running engine to say where its simulator listens."""


def panic(
    name: str, file: Path, *, dry_run: bool, yes: bool, within_s: float, as_json: bool
) -> int:
    """Cancel everything of the account that a configuration names for a venue; the exit code."""
    examined = examine(file)
    section = examined.settings.venues.get(name)
    if section is None:
        faults = [each for each in examined.problems if each.path.startswith(f"venues.{name}")]
        known = ", ".join(sorted(examined.settings.venues)) or "none"
        unknown = Problem(f"venues.{name}", f"{file} has no such section", f"it has: {known}")
        raise ConfigError(*(faults or [unknown]))
    if section.simulator is None and not (yes or dry_run):
        raise exits.BadUsage(
            f"this cancels every order of the account at {name}, by whomever placed: "
            "add --yes, or --dry-run to look only"
        )
    venue = load(name)
    endpoints = trio.run(_endpoints, examined.settings, name, section)
    secrets = _secrets(venue, section)
    run = _Run(venue, section, endpoints, secrets, dry_run=dry_run, as_json=as_json)
    trio.run(run.main, within_s)
    return run.finish()


async def _endpoints(
    settings: EngineSettings, name: str, section: VenueSection
) -> Mapping[str, str] | None:
    """Where the venue's simulator is; None for the real venue."""
    if section.simulator is None:
        return None
    if section.simulator.endpoints:
        return section.simulator.endpoints
    try:
        status = await ask(run_dir_of(settings, None), "admin", "status", {}, within_s=STATUS_S)
    except (TransportError, BusError, RequestRefused) as error:
        raise ConfigError(
            Problem(f"venues.{name}.simulator", f"its simulator is not to be found: {error}")
        ) from None
    for actor in status["actors"]:
        if actor["name"] == f"simulator.{name}":
            return cast("Mapping[str, str]", (actor.get("gauges") or {}).get("endpoints", {}))
    raise ConfigError(Problem(f"venues.{name}.simulator", "the running engine has no simulator"))


def _secrets(venue: Venue, section: VenueSection) -> Mapping[str, str]:
    if section.credentials is None:
        if section.simulator is not None:
            return venue.simulator_credentials
        raise ConfigError(Problem(f"venues.{venue.name}.credentials", "credentials are missing"))
    found = read_credentials(
        f"venues.{venue.name}.credentials",
        venue.credentials,
        file=section.credentials.file,
        env_prefix=section.credentials.env,
        environ=os.environ,
    )
    return {key: secret.reveal() for key, secret in found.items()}


class _Run:
    """One panic; it is the sink of its driver."""

    def __init__(
        self,
        venue: Venue,
        section: VenueSection,
        endpoints: Mapping[str, str] | None,
        secrets: Mapping[str, str],
        *,
        dry_run: bool,
        as_json: bool,
    ) -> None:
        make = venue.panic or venue.trade
        path = f"venues.{venue.name}"
        if make is None:
            raise ConfigError(
                Problem(path, "the venue takes no orders, so there are none to cancel")
            )
        own: Any = structure(dict(section.settings), venue.settings, path=path)
        own = own if endpoints is None else own.for_simulator(endpoints)
        protocol = cast("PanicProtocol", make(own, secrets))
        self.venue = venue
        self.dry_run, self.as_json = dry_run, as_json
        self.panic = Panic(protocol, venue.capabilities, dry_run=dry_run)
        self.news: list[SetState | ReconcilePart] = []
        self.driver: SessionDriver = make_driver(
            venue,
            own,
            protocol,
            plain=endpoints is not None,
            backoff=BACKOFF,
            clock=SystemClock(),
            sink=self,
        )

    async def main(self, within_s: float) -> None:
        """Until it is over, or the time is."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.driver.run)
            with trio.move_on_after(within_s):
                while not self.panic.over:
                    self._step()
                    await trio.sleep(LOOK_S)
            self.driver.stop()
            nursery.cancel_scope.cancel()

    def _step(self) -> None:
        """Hand what came in to the panic, and what it wants to the driver."""
        news, self.news = self.news, []
        for each in news:
            now = self.driver.now()
            if isinstance(each, ReconcilePart):
                self.driver.apply(self.panic.part(each, now))
            else:
                self.driver.apply(self.panic.state(each.state, each.reason, now))
        self.driver.apply(self.panic.due(self.driver.now()))
        for progress in self.panic.progress():
            self._say(progress.event, progress.detail)

    def finish(self) -> int:
        """Show the end; 0 only when the venue itself shows nothing open."""
        report = {"venue": self.venue.name, "dry_run": self.dry_run, **self.panic.report()}
        self._show(report)
        return exits.OK if report["ok"] else exits.CHECK_FAILED

    def _show(self, report: Mapping[str, Any]) -> None:
        if self.as_json:
            sys.stdout.write(json.dumps(report, indent=2) + "\n")
            return
        for word in ("gone", "left"):
            for row in report[word]:
                shown = " ".join(value for value in row.values() if value)
                sys.stdout.write(f"{'open' if word == 'left' else word}: {shown}\n")
        if report["ok"]:
            sys.stdout.write(f"{self.venue.name} shows no open orders\n")
        elif not self.dry_run:
            reason = report["reason"] or "orders are still open"
            exits.show_error(
                f"{self.venue.name}: not confirmed: {reason}",
                "look at the venue's own page, and run it again",
            )

    def _say(self, event: str, detail: str) -> None:
        if not self.as_json:
            sys.stderr.write(f"{self.venue.name}: {event}{detail and f': {detail}'}\n")

    # --- what the driver says (SessionSink) ------------------------------------------------------

    def hold(self) -> None:
        """Nothing of market data is passed on."""

    def release(self) -> None:
        """Nothing was held."""

    def publish(self, message: Any) -> None:
        """No market data is wanted."""

    def report(self, event: OrderNews) -> None:
        """Answers count; news of single orders are found again in the next answer."""
        if isinstance(event, ReconcilePart):
            self.news.append(event)

    def define(self, instrument: Instrument) -> None:
        """No instrument is needed."""

    def state(self, state: VenueStateWord, reason: str) -> None:
        """How far the session has come."""
        self.news.append(SetState(state, reason))

    def note(self, note: Note) -> None:
        """Something a person should see."""
        self._say(note.event, note.detail)
