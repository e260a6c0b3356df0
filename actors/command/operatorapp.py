"""The grammar of what an operator does by hand with orders and with the agreement with a venue.

Each of these can be tried with `--dry-run`, leaves an entry in the journal, and needs a reason; only
`cancel-all`, which may be an emergency, does not wait for one.
"""

from typing import Annotated

from cyclopts import App, Parameter

from actors.command import grammar as g

reconcile = App(
    name="reconcile",
    help="The agreement with a venue: look at it, ask again, take the venue's word.",
    group=g.RUNNING,
)


venue = App(
    name="venue",
    help="The sessions of a venue: restart them, log in again, stop them.",
    group=g.RUNNING,
)


def register(app: App) -> None:
    """Add the commands of this module to the command line."""
    app.command(reconcile)
    app.command(cancel_all, name="cancel-all", group=g.RUNNING)
    app.command(venue)
    for command in (order, cancel, flatten, claim, accept, resolve, bust):
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


def order(
    side: g.Side,
    quantity: Annotated[g.Number, Parameter(help="In the instrument's unit, on its lot.")],
    instrument: Annotated[str, Parameter(help="SYMBOL.VENUE.")],
    *,
    price: Annotated[
        g.Number, Parameter(help="Limit price; without one it is a market order.")
    ] = "",
    stop_price: Annotated[g.Number, Parameter(help="For stop orders.")] = "",
    type_: Annotated[
        g.OrderType | None, Parameter(name="--type", help="Else a price makes it a limit order.")
    ] = None,
    trail: Annotated[g.Number, Parameter(help="Distance of a trailing stop to the market.")] = "",
    position_effect: Annotated[
        g.PositionEffect | None, Parameter(help="Where the venue asks for it.")
    ] = None,
    time_in_force: Annotated[
        g.TimeInForce,
        Parameter(name=["--time-in-force", "--tif"], help="`venues` shows what each venue takes."),
    ] = "gtc",
    post_only: Annotated[
        bool, Parameter(negative="", help="Rest in the book or be refused, never trade at once.")
    ] = False,
    reduce_only: Annotated[
        bool, Parameter(negative="", help="Never more than the position that there is.")
    ] = False,
    reason: g.NeededReason,
    request_id: Annotated[
        str, Parameter(help="Repeat a request under its id: it is not done twice.")
    ] = "",
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Place an order by hand, e.g. `order buy 10 BTCUSDT.WOOXPRO --price 59000`.

    It passes every control, belongs to `operator`, and has that owner's limits
    ([risk.strategies.operator]). Waits a moment for the venue's answer; an order that was denied or
    rejected ends with code 1.
    """
    import secrets

    from actors.command import byhand

    given = {
        "side": side,
        "quantity": quantity,
        "instrument": instrument,
        "price": price,
        "stop_price": stop_price,
        "ord_type": type_,
        "trail": trail,
        "position_effect": position_effect,
        "time_in_force": time_in_force,
    }
    flags = {"post_only": post_only, "reduce_only": reduce_only}
    arguments = {name: value for name, value in {**given, **flags}.items() if value}
    return byhand.order(
        arguments,
        reason,
        run_dir,
        request_id=request_id or secrets.token_hex(8),
        dry_run=dry_run,
        as_json=json,
    )


def flatten(
    *,
    strategy: Annotated[str, Parameter(help="What this strategy holds.")] = "",
    venue: Annotated[str, Parameter(help="What is held at this venue.")] = "",
    account: Annotated[str, Parameter(help="What this account holds.")] = "",
    instrument: Annotated[str, Parameter(help="What is held in this instrument.")] = "",
    everything: Annotated[
        bool, Parameter(name="--all", negative="", help="Whatever is held anywhere.")
    ] = False,
    within: Annotated[float, Parameter(help="Seconds to try.")] = 30.0,
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Cancel open orders and close positions of a strategy, venue, account or instrument.

    Shows what it waits for until nothing is left or the time is over; then the code is 1. A
    strategy that runs may trade on meanwhile: `kill --level reducing` keeps it from that.
    """
    from actors.command import byhand, exits

    scope = {"strategy": strategy, "venue": venue, "account": account, "instrument": instrument}
    arguments = {name: value for name, value in scope.items() if value}
    if not arguments and not everything:
        raise exits.BadUsage("name a --strategy, --venue, --account or --instrument, or --all")
    if everything:
        arguments["scope"] = "engine"
    return byhand.flatten(
        arguments, reason, run_dir, within_s=within, dry_run=dry_run, as_json=json
    )


@venue.command
def restart(
    name: str,
    *,
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Start the processes of a venue's sessions anew, also stopped ones.

    Parameters
    ----------
    name
        Name of the venue.
    """
    from actors.command import byhand

    return byhand.venue("venue-restart", name, reason, run_dir, dry_run=dry_run, as_json=json)


@venue.command
def login(
    name: str,
    *,
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Try the credentials again after the venue refused them; until then no log-in is tried.

    A file with credentials is read again, so what was corrected there takes effect. Those from
    environment variables are the engine's own since its start.

    Parameters
    ----------
    name
        Name of the venue.
    """
    from actors.command import byhand

    return byhand.venue("venue-login", name, reason, run_dir, dry_run=dry_run, as_json=json)


@venue.command(name="stop")
def stop_(
    name: str,
    *,
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Stop a venue's sessions until `venue restart`; open orders there stay, unattended.

    Parameters
    ----------
    name
        Name of the venue.
    """
    from actors.command import byhand

    return byhand.venue("venue-stop", name, reason, run_dir, dry_run=dry_run, as_json=json)


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
    from actors.command import acting, exits

    if not orders:
        raise exits.BadUsage("name the orders to cancel, as `orders` shows them, or use cancel-all")
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
    from actors.command import acting, exits

    if bool(order) == bool(all_of):
        raise exits.BadUsage("name one order, or a venue with --all-of")
    arguments: dict[str, object] = {"owner": owner}
    arguments |= {"account": all_of, "all": True} if all_of else {"order": order}
    return acting.act("claim", arguments, reason, run_dir, dry_run=dry_run, as_json=json)


def resolve(
    order: str,
    *,
    lifecycle: Annotated[
        g.Resolution, Parameter(name=["--lifecycle", "--as"], help="What became of it.")
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
