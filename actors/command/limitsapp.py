"""The grammar of `limits …`: look at the limits of a running engine, and set one for a time."""

from typing import Annotated

from cyclopts import App, Parameter

from actors.command import grammar as g

limits = App(
    name="limits", help="Show limits and set one for a time, in a running engine.", group=g.RUNNING
)


@limits.command(name="show")
def show(*, run_dir: g.RunDir = None, json: g.AsJson = False) -> int:
    """Show how much of each limit is used, and what is set for a time."""
    from actors.command import limitsview

    return limitsview.show(run_dir, as_json=json)


@limits.command(name="set")
def set_(
    scope: str,
    limit: str,
    value: str,
    *,
    expires: Annotated[str, Parameter(help="For how long: 90s, 30m, 8h; at most a day.")],
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Set one limit for a time, higher or lower than configured; it returns by itself.

    Parameters
    ----------
    scope
        engine, venue:NAME, account:NAME, instrument:ID or strategy:NAME.
    limit
        Its key, as in the configuration.
    value
        As in the configuration, a table as JSON: 20, '{"USDT": "500"}'.
    """
    from actors.command import acting, limitsview

    arguments = limitsview.change(scope, limit, value, expires)
    return acting.act("limits-set", arguments, reason, run_dir, dry_run=dry_run, as_json=json)


@limits.command(name="reset")
def reset(
    scope: str,
    limit: str,
    *,
    reason: g.NeededReason,
    dry_run: g.DryRun = False,
    run_dir: g.RunDir = None,
    json: g.AsJson = False,
) -> int:
    """Let a limit that was set for a time be again what the configuration says.

    Parameters
    ----------
    scope
        As it was set, see `limits show`.
    limit
        Its key.
    """
    from actors.command import acting, limitsview

    limitsview.check_names(scope, limit)
    arguments = {"scope": scope, "limit": limit}
    return acting.act("limits-reset", arguments, reason, run_dir, dry_run=dry_run, as_json=json)
