"""The grammar of what an operator does by hand with orders and with the agreement with a venue.

Each of these can be tried with `--dry-run`, needs a reason, and leaves an entry in the journal.
"""

from typing import Annotated

from cyclopts import App, Parameter

from actors.command import grammar as g

reconcile = App(
    name="reconcile",
    help="The agreement with a venue: look at it, ask again, take the venue's word.",
    group=g.RUNNING,
)


def register(app: App) -> None:
    """Add the commands of this module to the command line."""
    app.command(reconcile)
    app.command(cancel_all, name="cancel-all", group=g.RUNNING)
    for command in (cancel, claim, accept, resolve, bust):
        app.command(command, group=g.RUNNING)


def accept(
    venue: str,
    *,
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Take a venue's word after an unexplained difference: short for `reconcile accept`.

    Parameters
    ----------
    venue
        Name of the venue, or of the account (VENUE.live, VENUE.paper) when it has two.
    """
    from actors.command import acting

    return acting.act(
        "reconcile-accept", {"venue": venue}, reason, run_dir, dry_run=dry_run, as_json=json
    )


reconcile.command(accept, name="accept")


@reconcile.command
def show(venue: str = "", *, run_dir: g.RunDir = None, json: g.AsJson = False) -> int:
    """Show the last comparison with each venue: differences, since when, what would be done.

    Parameters
    ----------
    venue
        Name of a venue or account; all when none is named.
    """
    from actors.command import acting

    arguments = {"venue": venue} if venue else {}
    return acting.look("reconcile-show", arguments, run_dir, as_json=json)


@reconcile.command(name="run")
def run_(
    venue: str,
    *,
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Compare with a venue now; new orders there wait for the answer.

    Parameters
    ----------
    venue
        Name of the venue or account.
    """
    from actors.command import acting

    return acting.act(
        "reconcile-run", {"venue": venue}, reason, run_dir, dry_run=dry_run, as_json=json
    )


def cancel(
    *orders: str,
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Cancel orders by name.

    Parameters
    ----------
    orders
        Client order ids as `orders` shows them; the venue's own ids will do as well.
    """
    from actors.command import acting

    arguments = {"orders": list(orders)}
    return acting.act("cancel", arguments, reason, run_dir, dry_run=dry_run, as_json=json)


def cancel_all(
    *,
    scope: g.Scope = "engine",
    instrument: Annotated[str, Parameter(help="Only orders in this instrument.")] = "",
    reason: g.Reason = "operator",
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Cancel open orders; strategies may place new ones."""
    from actors.command import acting

    arguments = {"scope": scope}
    if instrument:
        arguments["instrument"] = instrument
    return acting.act("cancel-all", arguments, reason, run_dir, dry_run=dry_run, as_json=json)


def claim(
    order: str = "",
    *,
    all_of: Annotated[
        str, Parameter(name="--all-of", help="Claim all of this venue or account.")
    ] = "",
    owner: Annotated[str, Parameter(help="A strategy, or operator.")] = "operator",
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Give orders that nobody owns to an owner: strangers' orders, or those of a removed strategy.

    From then on they count against the owner's limits and can be cancelled.

    Parameters
    ----------
    order
        Its id as `orders` shows it, or the venue's.
    """
    from actors.command import acting

    arguments: dict[str, object] = {"owner": owner}
    arguments |= {"account": all_of, "all": True} if all_of else {"order": order}
    return acting.act("claim", arguments, reason, run_dir, dry_run=dry_run, as_json=json)


def resolve(
    order: str,
    *,
    lifecycle: Annotated[
        str,
        Parameter(name=["--lifecycle", "--as"], help="never_arrived, open, cancelled or rejected."),
    ],
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """End the doubt about an unknown order that its venue cannot be asked about.

    Parameters
    ----------
    order
        Its client order id, as `orders` shows it.
    """
    from actors.command import acting

    arguments = {"client_order_id": order, "lifecycle": lifecycle}
    return acting.act("resolve", arguments, reason, run_dir, dry_run=dry_run, as_json=json)


def bust(
    venue: str,
    fill_key: str,
    *,
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Take a counted fill back, because the venue did.

    Parameters
    ----------
    venue
        Name of the venue, or of the account.
    fill_key
        Of the fill, as `fills --json` shows it.
    """
    from actors.command import acting

    arguments = {"venue": venue, "fill_key": fill_key}
    return acting.act("bust", arguments, reason, run_dir, dry_run=dry_run, as_json=json)
