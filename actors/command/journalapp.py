"""The grammar of `journal …`: commands on a journal file, for which the engine need not run."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from actors.command import grammar as g

journal = App(name="journal", help="Look into a journal; the engine need not run.", group=g.LOOKING)


@journal.command(name="show")
def show(
    file: g.JournalFile = None,
    *,
    last: g.Last = 50,
    config: g.JournalConfig = None,
    run_dir: g.JournalRunDir = None,
    json: g.AsJson = False,
) -> int:
    """Print the records of a journal, one line each."""
    from actors.command import journals

    return journals.show(file, run_dir, last, config=config, as_json=json)


@journal.command(name="verify")
def verify(
    file: g.JournalFile = None,
    *,
    config: g.JournalConfig = None,
    run_dir: g.JournalRunDir = None,
    json: g.AsJson = False,
) -> int:
    """Check every record of a journal and that the state can be rebuilt from it."""
    from actors.command import journals

    return journals.verify(file, run_dir, config=config, as_json=json)


@journal.command(name="export")
def export(
    file: g.JournalFile = None,
    *,
    format: Annotated[  # noqa: A002 - the option's name
        str, Parameter(help="jsonl, or parquet (needs --output).")
    ] = "jsonl",
    since: Annotated[
        datetime | None,
        Parameter(help="Only records from this time on, e.g. 2026-01-31T08:00:00 (UTC)."),
    ] = None,
    kind: Annotated[
        tuple[str, ...],
        Parameter(help="Only records of this kind, e.g. FillRecord; repeat for more."),
    ] = (),
    output: Annotated[
        Path | None, Parameter(help="File to write; default: standard output.")
    ] = None,
    config: g.JournalConfig = None,
    run_dir: g.JournalRunDir = None,
) -> int:
    """Write the records of a journal for other programs."""
    from actors.command import exporting, journals

    path = journals.find(file, run_dir, config)
    return exporting.export(path, form=format, since=since, wanted=kind, output=output)


@journal.command(name="orders")
def orders(
    file: g.JournalFile = None,
    *,
    limit: g.Limit = 50,
    config: g.JournalConfig = None,
    run_dir: g.JournalRunDir = None,
    json: g.AsJson = False,
) -> int:
    """List the orders in a journal, also those no longer in memory and those denied."""
    from actors.command import history, journals

    return history.table("orders", journals.find(file, run_dir, config), limit, as_json=json)


@journal.command(name="fills")
def fills(
    file: g.JournalFile = None,
    *,
    limit: g.Limit = 50,
    config: g.JournalConfig = None,
    run_dir: g.JournalRunDir = None,
    json: g.AsJson = False,
) -> int:
    """List the fills in a journal, newest last."""
    from actors.command import history, journals

    return history.table("fills", journals.find(file, run_dir, config), limit, as_json=json)


@journal.command(name="rebuild-index")
def rebuild_index(
    file: g.JournalFile = None,
    *,
    config: g.JournalConfig = None,
    run_dir: g.JournalRunDir = None,
) -> int:
    """Make the tables for `journal orders` and `journal fills` anew; the engine must not run."""
    from actors.command import history, journals

    return history.rebuild(journals.find(file, run_dir, config))
