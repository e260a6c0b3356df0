"""Who may log in at the simulated front."""

from typing import Final

import attrs


@attrs.frozen(kw_only=True)
class Credentials:
    """One user of one broker; its investor id is the same as its user id.

    Attributes:
        broker_id: at most 10 bytes.
        user_id: at most 12 bytes, because it is the investor id as well.
        password: of the user.
        app_id: of the client program.
        auth_code: of the client program.
    """

    broker_id: str
    user_id: str
    password: str = attrs.field(repr=False)
    app_id: str
    auth_code: str = attrs.field(repr=False)


DEFAULT_CREDENTIALS: Final = Credentials(
    broker_id="9999",
    user_id="100001",
    password="open-sesame",  # noqa: S106 - public on purpose, it opens nothing but the simulator
    app_id="simnow_client_test",
    auth_code="SIMULATED-AUTH-1",
)
"""Public on purpose: they open nothing but the simulator."""
