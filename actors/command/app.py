"""The command line's grammar: every command, its options and its help; the work is done elsewhere.

Imports inside the functions keep `run.py --help` and the small commands fast.
"""

import difflib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from actors.command import exits, operatorapp
from actors.command import grammar as g
from actors.command.journalapp import journal
from actors.command.limitsapp import limits
from actors.command.venuesapp import venues

TRACEBACK = "--traceback"
"""Understood everywhere: internal faults come with the place where they happened."""

app = App(
    name="run.py",
    help=(
        "Pitboss, a trading engine whose venue sessions, router and strategies each run in a process "
        "of their own.\n\nWithout a command it shows a demo: five simulated venues, paper "
        "trading, example strategies.\n\nEvery command understands --traceback, which shows where an "
        "internal fault happened."
    ),
    default_parameter=Parameter(show_default=g.worth_showing),
    result_action="return_value",
    version="0.1.0",
)

app.command(journal)
operatorapp.register(app)
app.command(limits)
app.command(venues)


@app.default
@app.command(group=g.TRADING)
def demo(*, for_: g.For = None, report: g.Report = None, run_dir: g.RunDir = None) -> int:
    """Show the engine at work: simulated venues, paper trading, example strategies, a live table.

    Ctrl-C ends it and prints a summary. When the output is not a terminal it prints JSON lines.
    """
    from actors.command import places, running
    from actors.command.preparing import Options

    options = Options(for_s=for_, report=report, run_dir=run_dir)
    return running.run_file(places.config_folder() / "demo.toml", options, keep_state=False)


@app.command(group=g.TRADING)
def start(
    config: g.Config, *, for_: g.For = None, report: g.Report = None, run_dir: g.RunDir = None
) -> int:
    """Run the engine with a configuration file, until it is stopped."""
    from actors.command import running
    from actors.command.preparing import Options

    options = Options(for_s=for_, report=report, run_dir=run_dir)
    return running.run_file(config, options, keep_state=True)


@app.command(group=g.TRADING)
def check(
    config: g.Config,
    *,
    details: Annotated[
        bool, Parameter(negative="", help="Show each process's rights, endpoints and settings.")
    ] = False,
    json: g.AsJson = False,
) -> int:
    """Validate a configuration; print the settings in force and the process tree."""
    from actors.command import checking

    return checking.check(config, details=details, as_json=json)


@app.command(group=g.TRADING)
def simulate(
    venue: str,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    replay: Path | None = None,
    speed: float = 1.0,
    seed: int = 1,
) -> int:
    """Run one venue's simulator alone; its first line of output says where and how to connect.

    Parameters
    ----------
    venue
        Name of the venue, as `run.py venues` lists it.
    host
        Address to listen on; loopback only.
    port
        First port to use, further endpoints take the next ones; 0 lets the system choose.
    replay
        Folder with a recorded market; without it a seeded market is generated.
    speed
        How fast to replay; 2 is twice as fast as recorded.
    seed
        Seed of the generated market.
    """
    from actors.command import simulating

    options = {
        "host": host,
        "replay": None if replay is None else str(replay.absolute()),
        "speed": speed,
        "seed": seed,
    }
    return simulating.simulate(venue, port, options)


@app.command(group=g.TRADING)
def drill(
    *,
    for_: Annotated[
        float, Parameter(name="--for", help="Seconds in which there are faults.")
    ] = 60.0,
    seed: Annotated[
        int | None, Parameter(help="Decides the schedule of faults; printed when chosen for you.")
    ] = None,
    faults: Annotated[
        str,
        Parameter(help="Only these, e.g. crash,proxy,F-19; `help` lists them with their meaning."),
    ] = "",
    points: Annotated[
        str,
        Parameter(
            help="Instead: kill the router at these fault points, one after another, or all."
        ),
    ] = "",
    kills: Annotated[int, Parameter(help="So often at each point.")] = 100,
    config: Annotated[
        Path | None,
        Parameter(name=["--config", "-c"], help="Live mode, simulated venues; default: ours."),
    ] = None,
    report: g.Report = None,
    json: g.AsJson = False,
    isolate: Annotated[
        bool, Parameter(help="Private namespaces where the kernel allows them.")
    ] = True,
    keep: Annotated[
        bool, Parameter(negative="", help="Keep journal and logs even if all held.")
    ] = False,
) -> int:
    """Break things on purpose and see what holds: a live engine against a simulated venue.

    Processes are killed and stopped, the network and the venue misbehave, the disk fills up; then all
    is healed, everybody must agree within a minute, and a restart from the journal must lead to the
    same state. Exit code 0 only if every invariant held.
    """
    from actors.command import drilling

    wanted = drilling.Wanted(
        for_s=for_,
        seed=seed,
        faults=faults,
        points=points,
        kills=kills,
        config=config,
        report=report,
        as_json=json,
        isolate=isolate,
        keep=keep,
    )
    return drilling.drill(wanted)


@app.command(group=g.RUNNING)
def status(*, run_dir: g.RunDir = None, json: g.AsJson = False) -> int:
    """Show processes, venues and strategies of a running engine."""
    from actors.command import operating

    return operating.status(run_dir, as_json=json)


@app.command(group=g.RUNNING)
def orders(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="", help="Finished ones too.")] = False,
    denied: Annotated[
        bool, Parameter(negative="", help="Instead: the newest that were denied, and why.")
    ] = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """List orders of a running engine; the engine denies some before they become orders, see --denied."""
    from actors.command import operating

    if denied and all_:
        raise exits.BadUsage("--all lists orders, --denied what became none: give one of them")
    if denied:
        return operating.denied(run_dir, as_json=json)
    return operating.table("orders", {"open": not all_}, run_dir, as_json=json)


@app.command(group=g.RUNNING)
def positions(*, run_dir: g.RunDir = None, json: g.AsJson = False) -> int:
    """List positions of a running engine."""
    from actors.command import operating

    return operating.table("positions", {}, run_dir, as_json=json)


@app.command(group=g.RUNNING)
def fills(*, run_dir: g.RunDir = None, json: g.AsJson = False) -> int:
    """List the fills of a running engine, newest last."""
    from actors.command import operating

    return operating.table("fills", {}, run_dir, as_json=json)


@app.command(group=g.RUNNING)
def stop(*, reason: g.Reason = "operator", run_dir: g.RunDir = None) -> int:
    """Stop a running engine in an orderly way and wait until it is gone."""
    from actors.command import operating

    return operating.stop(run_dir, reason)


@app.command(group=g.RUNNING)
def kill(
    *,
    reason: g.Reason = "operator",
    level: Annotated[g.KillLevel, Parameter(help="How strict.")] = "killed",
    scope: g.Scope = "engine",
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Pull the kill switch: no new orders, and (killed) cancel everything now.

    It only makes a scope stricter, and stays in force over restarts until `arm`.
    """
    from actors.command import switching

    return switching.move("kill", level, scope, reason, run_dir, as_json=json)


@app.command(group=g.RUNNING)
def arm(
    *,
    reason: g.NeededReason,
    level: Annotated[g.ArmLevel, Parameter(help="How strict it still is.")] = "active",
    scope: g.Scope = "engine",
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Let orders through again after the kill switch.

    At `--level reducing` only those that make positions smaller.
    """
    from actors.command import switching

    return switching.move("arm", level, scope, reason, run_dir, as_json=json)


@app.command(group=g.TRADING)
def panic(
    venue: str,
    config: g.Config,
    *,
    dry_run: Annotated[
        bool, Parameter(name="--dry-run", negative="", help="Show what is open, cancel nothing.")
    ] = False,
    yes: Annotated[
        bool, Parameter(name="--yes", negative="", help="Needed where real orders are cancelled.")
    ] = False,
    within: Annotated[float, Parameter(help="Give up after this many seconds.")] = 60.0,
    json: g.AsJson = False,
) -> int:
    """Cancel everything of an account through the venue itself, without the engine.

    Works while the engine runs, hangs or is gone; kill it first, or its strategies go on. Exit code 0
    only when the venue shows nothing open.

    Parameters
    ----------
    venue
        Name of the venue, as the configuration calls it.
    """
    from actors.command import panicking

    return panicking.panic(venue, config, dry_run=dry_run, yes=yes, within_s=within, as_json=json)


@app.command(group=g.RUNNING)
def alarms(*, run_dir: g.RunDir = None, json: g.AsJson = False) -> int:
    """List what needs a person: differences with a venue, duplicate fills, processes that were given up."""
    from actors.command import operating

    return operating.alarms(run_dir, as_json=json)


@app.command(group=g.RUNNING)
def restart(
    actor: str,
    *,
    reason: g.Reason = "operator",
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Restart one process, also one that was given up after too many restarts.

    Parameters
    ----------
    actor
        Its name, as `status` shows it; of a strategy also the name in the configuration.
    """
    from actors.command import switching

    return switching.restart(actor, reason, run_dir, as_json=json)


@app.command(group=g.LOOKING)
def strategies(*, json: g.AsJson = False) -> int:
    """List the strategy plugins and their parameters."""
    from actors.command import listing

    return listing.strategies(as_json=json)


COMMANDS = tuple(name for name in app if not name.startswith("-"))


def _require_known(words: Sequence[str]) -> None:
    """A misspelt command would be taken for an argument of the demo; BadUsage says what was meant."""
    word = words[0] if words else ""
    if not word or word.startswith("-") or word in COMMANDS:
        return
    close = difflib.get_close_matches(word, COMMANDS)
    meant = f"did you mean {' or '.join(close)}?" if close else "see python run.py --help"
    raise exits.BadUsage(f"there is no command {word!r}: {meant}")


def _help_of(words: Sequence[str]) -> str:
    """How to learn what a command takes; with an example where a configuration is wanted."""
    command = words[0] if words and words[0] in COMMANDS else ""
    text = f"python run.py {command and command + ' '}--help shows what it takes"
    if command in ("check", "start"):
        text += f", e.g. python run.py {command} -c config/demo.toml"
    return text


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the process's exit code; never raises for what a command does."""
    from actors.command import faults, output

    words = [word for word in arguments if word != TRACEBACK]
    if len(words) < len(arguments):
        os.environ[faults.TRACEBACK_VARIABLE] = "1"
    try:
        _require_known(words)
        result = app(words, exit_on_error=False, print_error=True)
        sys.stdout.flush()
    except CycloptsError:
        exits.show_hint(_help_of(words))
        return exits.USAGE
    except BrokenPipeError:  # `| head` has seen enough
        output.silence(sys.stdout)
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as error:  # noqa: BLE001 - the last place: whatever it is becomes an exit code
        return faults.answer(error, as_json="--json" in words)
    except BaseExceptionGroup as group:
        if any(not isinstance(leaf, KeyboardInterrupt) for leaf in exits.leaves(group)):
            raise
        return 128 + signal.SIGINT
    return result if isinstance(result, int) else exits.OK
