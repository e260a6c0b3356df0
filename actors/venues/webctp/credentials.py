"""Who we are to the counter: broker, user, password, and the program's own authentication."""

from collections.abc import Mapping
from typing import Final

import attrs

from actors.venues.webctp.codes import Endpoint
from actors.venues.webctp.wire import LENGTHS_MAX
from engine.errors import ConfigError, Problem

SECRET_NAMES: Final = ("broker_id", "user_id", "password", "app_id", "auth_code")
DATA_SECRET_NAMES: Final = ("broker_id", "user_id", "password")
"""The market data front wants no authentication of the program."""


@attrs.frozen
class Credentials:
    """None of them appears in any representation. The last two are empty for market data."""

    broker_id: str = attrs.field(repr=False)
    user_id: str = attrs.field(repr=False)
    password: str = attrs.field(repr=False)
    app_id: str = attrs.field(default="", repr=False)
    auth_code: str = attrs.field(default="", repr=False)

    @classmethod
    def of(cls, secrets: Mapping[str, str], endpoint: Endpoint) -> "Credentials":
        """From the session's secrets; ConfigError names what is missing or too long."""
        names = SECRET_NAMES if endpoint is Endpoint.TRADE else DATA_SECRET_NAMES
        problems = [
            Problem(f"venues.webctp.credentials.{name}", "is missing", "the broker gives it")
            for name in names
            if not secrets.get(name)
        ]
        problems += [
            Problem(
                f"venues.webctp.credentials.{name}",
                f"is longer than {LENGTHS_MAX[name]} bytes, which the counter cuts without a word",
            )
            for name in names
            if len(secrets.get(name, "").encode()) > LENGTHS_MAX[name]
        ]
        if problems:
            raise ConfigError(*problems)
        return cls(**{name: secrets[name] for name in names})
