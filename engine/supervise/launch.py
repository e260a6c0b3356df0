"""What the supervisor hands to a new process over the spec pipe, and the last words that come back.

msgpack with the field names, structured strictly on the other side: both ends are of one release
(the fingerprint at hello makes sure), so there is no version in it. The lifeline goes both ways: the
process ends when it closes, and writes one line into it when it fails.
"""

from collections.abc import Mapping

import attrs
import msgpack

from engine.errors import BadEnvelope, LimitExceeded, LocalProtocolError
from engine.model.enums import Mode
from engine.settings.converter import plain_values, structure
from engine.supervise.specs import Limits

SPEC_BYTES_MAX = 1024 * 1024
"""Settings are a page or two; a bound for what a process reads before it knows anything."""

LAST_WORDS_BYTES_MAX = 2048
"""One sentence on why the process failed; fits any socket buffer, so writing it never waits."""

EXIT_INTERNAL = 70
"""An exception nobody handled: restarted within the budget."""
EXIT_ORPHANED = 71
"""The supervisor is gone."""
EXIT_CONFIG = 78
"""The configuration cannot be used: never restarted."""


@attrs.frozen(kw_only=True)
class PeerKey:
    """A peer allowed on an endpoint: its public key (Z85 text), name and role."""

    key: str
    name: str
    role: str


@attrs.frozen(kw_only=True)
class LaunchSpec:
    """Everything one process is told at its start.

    Attributes:
        name: of the actor.
        kind: of the actor.
        module: dotted name of the module with `run(context)`.
        mode: paper or live.
        boot: 63 random bits, new for each start.
        run_dir: where sockets are.
        log_file: where its log goes; empty: standard error as inherited.
        public_key: of its key pair (Z85 text).
        secret_key: of its key pair (Z85 text).
        servers: public key of the binder of each endpoint it may connect to.
        peers: who may connect to each endpoint it binds.
        settings: resolved, plain.
        secrets: resolved, plain texts.
        limits: to apply to itself first of all.
        hello_within_s: how long it may try to reach the supervisor.
        watchdog_s: a main loop that does not turn for so long ends the process, also when no
            supervisor is left to notice.
        published_before: what its last boot published, so that it can take the same ports again.
        drill_token: of the drill that started it, empty in every other life (`engine.drill.faultpoints`).
    """

    name: str
    kind: str
    module: str
    mode: Mode
    boot: int
    run_dir: str
    log_file: str = ""
    public_key: str
    secret_key: str = attrs.field(repr=False)
    servers: Mapping[str, str] = attrs.field(factory=dict)
    peers: Mapping[str, tuple[PeerKey, ...]] = attrs.field(factory=dict)
    settings: Mapping[str, object] = attrs.field(factory=dict)
    secrets: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    limits: Limits = attrs.field(factory=Limits)
    hello_within_s: float = 10.0
    watchdog_s: float = 15.0
    published_before: Mapping[str, object] = attrs.field(factory=dict)
    drill_token: str = attrs.field(default="", repr=False)


def pack(spec: LaunchSpec) -> bytes:
    """The spec as bytes for the pipe.

    Raises:
        LimitExceeded: when it is larger than the other side reads.
        LocalProtocolError: when a setting is nothing that can be packed.
    """
    try:
        data: bytes = msgpack.packb(plain_values(spec))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise LocalProtocolError(f"the settings of {spec.name} cannot be packed: {error}") from None
    if len(data) > SPEC_BYTES_MAX:
        raise LimitExceeded(f"the settings of {spec.name} have {len(data)} bytes packed")
    return data


def warm_up() -> None:
    """Read a spec once, so that what reads them is made before it is needed: for who forks actors."""
    spec = LaunchSpec(
        name="",
        kind="",
        module="",
        mode=Mode.PAPER,
        boot=0,
        run_dir="",
        public_key="",
        secret_key="",
    )
    unpack(pack(spec))


def unpack(data: bytes) -> LaunchSpec:
    """The spec that exactly these bytes are.

    Raises:
        BadEnvelope: when they are not one packed mapping (the supervisor died while writing).
        ConfigError: when the mapping is not a launch spec.
    """
    try:
        plain = msgpack.unpackb(data)
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise BadEnvelope(f"no launch spec on the pipe: {type(error).__name__}") from None
    return structure(plain, LaunchSpec, path="launch")
