"""Who we are: two kinds of login, and keeping what proves it out of texts."""

from collections.abc import Mapping
from typing import Final

import attrs

from engine.errors import ConfigError, Problem
from engine.session.masking import SECRET_CHARS_MIN, Mask

SECRET_NAMES: Final = ("firm", "username", "password", "app_name", "app_license", "api_key")

_NEEDED: Final = {
    "user": ("firm", "username", "password", "app_name", "app_license"),
    "api_key": ("api_key",),
}


@attrs.frozen
class Credentials:
    """What a login of one kind needs; none of it appears in any representation."""

    _secrets: Mapping[str, str] = attrs.field(repr=False)

    @classmethod
    def of(cls, secrets: Mapping[str, str], login: str) -> "Credentials":
        """From the session's secrets; ConfigError names what is missing for `login`."""
        needed = _NEEDED[login]
        missing = [name for name in needed if not secrets.get(name)]
        if missing:
            hint = f'login = "{login}" needs {", ".join(needed)}; the other kind is set by `login`'
            raise ConfigError(
                *(Problem(f"venues.t4.credentials.{name}", "is missing", hint) for name in missing)
            )
        return cls({name: secrets[name] for name in needed})

    @property
    def api_key(self) -> str:
        """Empty for a login by name and password."""
        return self._secrets.get("api_key", "")

    def fields(self) -> dict[str, str]:
        """Fields of the login request; those of the other kind of login are not sent."""
        return dict(self._secrets)

    def scrub(self, text: str, *more: str) -> str:
        """`text` without what is secret, and nothing of it where a part of it stands there."""
        words = ("password", "api_key", "app_license")
        secrets = [self._secrets[word] for word in words if word in self._secrets]
        secrets += [each for each in more if each]
        for secret in secrets:
            if len(secret) >= SECRET_CHARS_MIN:
                text = text.replace(secret, "•••")
        return Mask(*secrets).clean(text)
