"""Who may log in to the simulator: published keys that open nothing else."""

from typing import Final

import attrs

DEFAULT_APP_KEY: Final = "5f0c1d2e3b4a59687786a5b4c3d2e1f0"
"""App key of the simulated account; public on purpose, it opens nothing but the simulator."""
DEFAULT_APP_SECRET: Final = "9d1e8c7b6a5f4e3d2c1b0a99887766554433221100ffeeddccbbaa9988776655"  # noqa: S105 - public on purpose
"""App secret of the simulated account."""
DEFAULT_ACCESS_TOKEN: Final = "m_pitboss-simulated-access-token"  # noqa: S105 - public on purpose
"""Access token of the simulated account."""


@attrs.frozen(kw_only=True)
class Credentials:
    """One account's key, secret and token; the access token names the account.

    A `paper` account may share key and secret with a live one and plays by the paper account's rules.
    """

    app_key: str
    app_secret: str = attrs.field(repr=False)
    access_token: str = attrs.field(repr=False)
    account: str = "LBPT00000001"
    paper: bool = False


DEFAULT_CREDENTIALS: Final = Credentials(
    app_key=DEFAULT_APP_KEY,
    app_secret=DEFAULT_APP_SECRET,
    access_token=DEFAULT_ACCESS_TOKEN,
)
