"""The command line's grammar: every command, its options and its help; the work is done elsewhere.

Imports inside the functions keep `run.py --help` and the small commands fast.
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Group, Parameter, validators

from actors.command import exits

TRACEBACK = "--traceback"
"""Understood everywhere: internal faults come with the place where they happened."""

_RUNNING = Group("A running engine", sort_key=2)
_LOOKING = Group("Looking around", sort_key=3)
_TRADING = Group("Trading", sort_key=1)

app = App(
    name="run.py",
    help=(
        "Pitboss, a trading engine whose venue sessions, router and strategies each run in a process "
        "of their own.\n\nWithout a command it shows a demo: a simulated venue, paper trading, two "
        "strategies.\n\nEvery command understands --traceback, which shows where an internal fault happened."
    ),
    result_action="return_value",
    version="0.1.0",
)

Config = Annotated[
    Path, Parameter(name=["--config", "-c"], help="Configuration file (TOML); see config/.")
]
For = Annotated[
    float | None, Parameter(name="--for", help="Stop by itself after this many seconds.")
]
Report = Annotated[
    Path | None, Parameter(name="--report", help="Write a summary of the run to this file (JSON).")
]
RunDir = Annotated[
    Path | None,
    Parameter(name="--run-dir", help="Directory with the run's sockets, keys and logs."),
]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON for programs.")]
Reason = Annotated[str, Parameter(name="--reason", help="Why; goes into log and journal.")]


@app.default
@app.command(group=_TRADING)
def demo(*, for_: For = None, report: Report = None, run_dir: RunDir = None) -> int:
    """Show the engine at work: simulated venue, paper trading, two strategies, a live table.

    Ctrl-C ends it and prints a summary. When the output is not a terminal it prints JSON lines.
    """
    from actors.command import places, running
    from actors.command.preparing import Options

    options = Options(for_s=for_, report=report, run_dir=run_dir)
    return running.run_file(places.config_folder() / "demo.toml", options, keep_state=False)


@app.command(group=_TRADING)
def start(
    config: Config, *, for_: For = None, report: Report = None, run_dir: RunDir = None
) -> int:
    """Run the engine with a configuration file, until it is stopped."""
    from actors.command import running
    from actors.command.preparing import Options

    options = Options(for_s=for_, report=report, run_dir=run_dir)
    return running.run_file(config, options, keep_state=True)


@app.command(group=_TRADING)
def check(config: Config, *, json: AsJson = False) -> int:
    """Validate a configuration; print the process tree and the settings in force."""
    from actors.command import checking

    return checking.check(config, as_json=json)


@app.command(group=_TRADING)
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


@app.command(group=_RUNNING)
def status(*, run_dir: RunDir = None, json: AsJson = False) -> int:
    """Show processes, venues and strategies of a running engine."""
    from actors.command import operating

    return operating.status(run_dir, as_json=json)


@app.command(group=_RUNNING)
def orders(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="", help="Finished ones too.")] = False,
    run_dir: RunDir = None,
    json: AsJson = False,
) -> int:
    """List orders of a running engine."""
    from actors.command import operating

    return operating.table("orders", {"open": not all_}, run_dir, as_json=json)


@app.command(group=_RUNNING)
def positions(*, run_dir: RunDir = None, json: AsJson = False) -> int:
    """List positions of a running engine."""
    from actors.command import operating

    return operating.table("positions", {}, run_dir, as_json=json)


@app.command(group=_RUNNING)
def fills(*, run_dir: RunDir = None, json: AsJson = False) -> int:
    """List the fills of a running engine, newest last."""
    from actors.command import operating

    return operating.table("fills", {}, run_dir, as_json=json)


@app.command(group=_RUNNING)
def stop(*, reason: Reason = "operator", run_dir: RunDir = None) -> int:
    """Stop a running engine in an orderly way and wait until it is gone."""
    from actors.command import operating

    return operating.stop(run_dir, reason)


@app.command(group=_RUNNING)
def kill(
    *,
    reason: Reason = "operator",
    level: Annotated[str, Parameter(help="reducing, halted or killed.")] = "killed",
    scope: Annotated[str, Parameter(help="engine, venue:NAME or strategy:NAME.")] = "engine",
    run_dir: RunDir = None,
) -> int:
    """Pull the kill switch: no new orders, and (killed) cancel everything now.

    It stays in force over restarts until `arm`.
    """
    from actors.command import operating

    return operating.command("kill", {"level": level, "scope": scope}, reason, run_dir)


@app.command(group=_RUNNING)
def arm(
    *,
    reason: Annotated[str, Parameter(name="--reason", help="Why; goes into the journal.")],
    scope: Annotated[str, Parameter(help="engine, venue:NAME or strategy:NAME.")] = "engine",
    run_dir: RunDir = None,
) -> int:
    """Let orders through again after the kill switch."""
    from actors.command import operating

    return operating.command("arm", {"scope": scope}, reason, run_dir)


@app.command(name="cancel-all", group=_RUNNING)
def cancel_all(
    *,
    scope: Annotated[str, Parameter(help="engine, venue:NAME or strategy:NAME.")] = "engine",
    reason: Reason = "operator",
    run_dir: RunDir = None,
) -> int:
    """Cancel open orders; strategies may place new ones."""
    from actors.command import operating

    return operating.command("cancel-all", {"scope": scope}, reason, run_dir)


@app.command(group=_LOOKING)
def venues(*, json: AsJson = False) -> int:
    """List the venues this engine can trade on and what each can do."""
    from actors.command import listing

    return listing.venues(as_json=json)


@app.command(group=_LOOKING)
def strategies(*, json: AsJson = False) -> int:
    """List the strategy plugins and their parameters."""
    from actors.command import listing

    return listing.strategies(as_json=json)


journal = App(name="journal", help="Look into a journal; the engine need not run.", group=_LOOKING)
app.command(journal)

JournalFile = Annotated[
    Path | None, Parameter(help="The journal file; default: the only one there is.")
]


@journal.command(name="show")
def journal_show(
    file: JournalFile = None,
    *,
    last: Annotated[
        int,
        Parameter(
            help="Only this many records from the end; 0 for all.",
            validator=validators.Number(gte=0),
        ),
    ] = 50,
    run_dir: RunDir = None,
    json: AsJson = False,
) -> int:
    """Print the records of a journal, one line each."""
    from actors.command import journals

    return journals.show(file, run_dir, last, as_json=json)


@journal.command(name="verify")
def journal_verify(
    file: JournalFile = None, *, run_dir: RunDir = None, json: AsJson = False
) -> int:
    """Check every record of a journal and that the state can be rebuilt from it."""
    from actors.command import journals

    return journals.verify(file, run_dir, as_json=json)


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the process's exit code; never raises for what a command does."""
    from actors.command import faults, output

    words = [word for word in arguments if word != TRACEBACK]
    if len(words) < len(arguments):
        os.environ[faults.TRACEBACK_VARIABLE] = "1"
    try:
        result = app(words, exit_on_error=False, print_error=True)
        sys.stdout.flush()
    except CycloptsError:
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
