"""Who may log in to the simulator, and to which accounts: published words that open nothing else."""

from typing import Final

import attrs


@attrs.frozen(kw_only=True)
class AccountSpec:
    """One trading account as a login names it."""

    account_id: str
    account_number: str
    account_name: str


@attrs.frozen(kw_only=True)
class User:
    """One user of a firm, with everything that identifies it and all accounts it may trade."""

    firm: str
    username: str
    password: str = attrs.field(repr=False)
    app_name: str
    app_license: str = attrs.field(repr=False)
    api_key: str = attrs.field(default="", repr=False)
    user_id: str = "5b1e6a0c-33d1-4c0e-9a42-7f0c2d9b1e01"
    firm_id: str = "0c7f4e9a-8d24-4b57-b2a6-1f6f5f3d7a02"
    roles: tuple[str, ...] = ("Trader",)
    accounts: tuple[AccountSpec, ...] = ()

    def credentials(self) -> dict[str, str]:
        """Both ways to log in, by name."""
        return {
            "firm": self.firm,
            "username": self.username,
            "password": self.password,
            "app_name": self.app_name,
            "app_license": self.app_license,
            "api_key": self.api_key,
        }


DEFAULT_ACCOUNTS: Final = (
    AccountSpec(
        account_id="b7a90b6e-2f64-4d6b-8a8f-61d2f1f0a001",
        account_number="SIM00001",
        account_name="Simulated one",
    ),
    AccountSpec(
        account_id="b7a90b6e-2f64-4d6b-8a8f-61d2f1f0a002",
        account_number="SIM00002",
        account_name="Simulated two",
    ),
)
DEFAULT_USER: Final = User(
    firm="CTS",
    username="pitboss",
    password="pitboss-simulated",  # noqa: S106 - public on purpose, it opens nothing but the simulator
    app_name="Pitboss",
    app_license="9d2f7c1e-6a54-4b0e-8f3d-2c1b0a998877",
    api_key="pitboss-simulated-api-key",
    accounts=DEFAULT_ACCOUNTS,
)
