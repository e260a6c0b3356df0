"""What each new process is given, put together: spec, keys, published values of others, its own past."""

from collections.abc import Mapping
from pathlib import Path

import attrs

from engine.errors import LocalProtocolError
from engine.model.enums import Mode
from engine.settings.secrets import Secret
from engine.supervise.child import Child
from engine.supervise.keyring import Keyring
from engine.supervise.launch import LaunchSpec
from engine.supervise.placeholders import Published, resolve
from engine.supervise.rundir import log_file
from engine.supervise.specs import ActorSpec

Texts = dict[str, str]
AllPublished = Mapping[str, Mapping[str, object]]


@attrs.frozen
class _Values:
    """What a process was, or would be, given of what others publish."""

    settings: object
    secrets: Texts


class Outfitter:
    """Makes launch specs, and remembers which values each running process was given."""

    def __init__(
        self,
        run_dir: Path,
        mode: Mode,
        keyring: Keyring,
        *,
        share_output: bool,
        drill_token: str = "",
    ) -> None:
        self._run_dir = run_dir
        self._mode = mode
        self._keyring = keyring
        self._share_output = share_output
        self._drill_token = drill_token
        self._given: dict[str, _Values] = {}

    def launch_spec(self, child: Child, boot: int, published: AllPublished) -> LaunchSpec:
        """Everything for the child's next process.

        Raises:
            LocalProtocolError: a published value that it needs is missing or no text for a secret.
        """
        spec = child.spec
        values = self._given[spec.name] = _resolved(spec, published)
        pair = self._keyring.pair(spec.name)
        settings = values.settings
        if not isinstance(settings, Mapping):
            raise LocalProtocolError(f"the settings of {spec.name} are not a mapping")
        return LaunchSpec(
            name=spec.name,
            kind=spec.kind,
            module=spec.module,
            mode=self._mode,
            boot=boot,
            run_dir=str(self._run_dir.absolute()),
            log_file=str(self.log_file(spec) or ""),
            public_key=pair.public.decode("ascii"),
            secret_key=pair.secret.decode("ascii"),
            servers=self._keyring.servers_of(spec),
            peers=self._keyring.peers_of(spec),
            settings=settings,
            secrets=values.secrets,
            limits=spec.limits,
            hello_within_s=spec.hello_within_s,
            watchdog_s=_watchdog_s(spec),
            published_before=child.published or {},
            drill_token=self._drill_token,
        )

    def log_file(self, spec: ActorSpec) -> Path | None:
        """Where an actor's log goes; None when all share our output."""
        return None if self._share_output else log_file(self._run_dir.absolute(), spec.name)

    def outdated(self, child: Child, published: AllPublished) -> bool:
        """Whether the child's process was given other values than it would be given now.

        Where there would be none to give, it keeps what it has.
        """
        given = self._given.get(child.spec.name)
        try:
            return given is not None and given != _resolved(child.spec, published)
        except LocalProtocolError:
            return False


def _resolved(spec: ActorSpec, published: AllPublished) -> _Values:
    secrets = {name: _secret_text(spec, value, published) for name, value in spec.secrets.items()}
    return _Values(resolve(spec.settings, published), secrets)


def _secret_text(spec: ActorSpec, value: Secret | Published, published: AllPublished) -> str:
    text = value.reveal() if isinstance(value, Secret) else resolve(value, published)
    if not isinstance(text, str):
        raise LocalProtocolError(
            f"a secret of {spec.name} is published as something else than text"
        )
    return text


def _watchdog_s(spec: ActorSpec) -> float:
    """Far beyond the supervisor's own patience: it is for when no supervisor is left."""
    return max(2 * (spec.missed_max + 1) * spec.heartbeat_interval_s, spec.ready_within_s) + 7
