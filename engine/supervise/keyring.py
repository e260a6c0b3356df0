"""Key pairs of one run: one per actor, one for the supervisor, one per role outside.

Who may enter which endpoint follows from the tree; nothing else grants anything. Pairs live as long
as the supervisor: an actor keeps its pair over restarts, a new run has new keys.
"""

from collections.abc import Callable, Mapping

from engine.bus.endpoints import is_plain
from engine.bus.keys import KeyPair, Peer, generate
from engine.supervise.launch import PeerKey
from engine.supervise.specs import CONTROL, OPERATOR, OUTSIDE, SUPERVISOR, VIEWER, ActorSpec, Tree


class Keyring:
    """All pairs of one run, and what follows from the tree about them."""

    def __init__(self, tree: Tree, *, make: Callable[[], KeyPair] = generate) -> None:
        self._tree = tree
        self._kinds = {spec.name: spec.kind for spec in tree.actors()}
        names = (SUPERVISOR, OPERATOR, VIEWER, *self._kinds)
        self._pairs = {name: make() for name in names}

    def pair(self, name: str) -> KeyPair:
        """The pair of an actor, the supervisor, or a role outside."""
        return self._pairs[name]

    def servers(self, endpoints: tuple[str, ...]) -> dict[str, str]:
        """Public keys of the binders of those of the endpoints that have keys."""
        return {
            endpoint: self._public(self._tree.binders[endpoint])
            for endpoint in endpoints
            if not is_plain(endpoint)
        }

    def servers_of(self, spec: ActorSpec) -> dict[str, str]:
        """What an actor needs to connect where its spec says, and to the supervisor."""
        return self.servers((CONTROL, *spec.connects))

    def peers_of(self, spec: ActorSpec) -> Mapping[str, tuple[PeerKey, ...]]:
        """Who may enter the endpoints an actor binds."""
        return {
            bind.endpoint: tuple(
                PeerKey(key=self._public(name), name=name, role=self._role(name))
                for name in bind.peers
            )
            for bind in spec.binds
        }

    def actors(self) -> dict[bytes, Peer]:
        """All actors, for the `control` endpoint."""
        return {self._pairs[name].public: Peer(name, kind) for name, kind in self._kinds.items()}

    def outsiders(self) -> dict[bytes, Peer]:
        """The roles outside, for the `admin` endpoint."""
        return {self._pairs[name].public: Peer(name, name) for name in sorted(OUTSIDE)}

    def outside_endpoints(self) -> tuple[str, ...]:
        """Endpoints of actors that let the roles outside in."""
        return tuple(
            bind.endpoint
            for spec in self._tree.actors()
            for bind in spec.binds
            if OUTSIDE & set(bind.peers)
        )

    def _public(self, name: str) -> str:
        return self._pairs[name].public.decode("ascii")

    def _role(self, name: str) -> str:
        return self._kinds.get(name, name)
