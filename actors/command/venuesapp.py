"""The grammar of `venues` and `venues check`: what there is to trade on, and whether a package conforms."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from actors.command import grammar as g

venues = App(
    name="venues",
    help="List the venues this engine can trade on and what each can do; check a venue package.",
    group=g.LOOKING,
)

Folders = Annotated[
    list[Path] | None,
    Parameter(
        name="--path",
        negative="",
        help="Look for venue packages in this folder too; the environment variable PITBOSS_VENUES "
        "does so for every command.",
    ),
]


@venues.default
def list_(*, path: Folders = None, json: g.AsJson = False) -> int:
    """List the venues this engine can trade on and what each can do."""
    from actors.command import listing

    return listing.venues(path or [], as_json=json)


@venues.command(name="check")
def check(
    name: str,
    *,
    path: Folders = None,
    only: Annotated[
        str, Parameter(help="Only cases whose number begins so, e.g. T-043 or orders.")
    ] = "",
    inputs: Annotated[int, Parameter(help="Hostile inputs for each kind of protocol.")] = 100_000,
    seed: Annotated[int, Parameter(help="Decides them.")] = 1,
    cuts: Annotated[
        int, Parameter(help="Bytes at which connections are cut, each way; 0 for every byte.")
    ] = 6,
    reconnects: Annotated[int, Parameter(help="Connections lost in a row.")] = 20,
    patience: Annotated[
        float, Parameter(help="Every time limit is multiplied by this; more on a busy machine.")
    ] = 1.0,
    json: g.AsJson = False,
) -> int:
    """Run the conformance battery over a venue package, against its own simulator.

    Exit code 1 when a case failed. What a venue declares no means for is skipped, with the reason.

    Parameters
    ----------
    name
        Of the venue, as its folder is called.
    """
    from actors.command import conforming
    from engine.conformance.case import Effort

    effort = Effort(patience=patience, inputs=inputs, seed=seed, cuts=cuts, reconnects=reconnects)
    return conforming.check(name, path or [], effort, only=only, as_json=json)
