"""The keyring: who may enter where follows from the tree and from nothing else."""

from engine.bus.keys import KeyPair, Peer
from engine.model.enums import Mode
from engine.supervise.keyring import Keyring
from engine.supervise.launch import PeerKey
from engine.supervise.specs import ActorSpec, Bind, Group, Tree
from tests.kit.supervision import EAGER


def counting():
    numbers = iter(range(1000))
    return lambda: KeyPair(*(f"{kind}{next(numbers)}".ljust(40, "x").encode() for kind in "ps"))


def spec(name: str, **fields) -> ActorSpec:
    return ActorSpec(**{"name": name, "kind": "session", "module": "m", "policy": EAGER} | fields)


ROUTER = spec(
    "router",
    kind="router",
    binds=(
        Bind("strategies", ("strategy.a",)),
        Bind("sessions", ("v.trade",)),
        Bind("operator", ("operator", "viewer")),
    ),
)
TRADE = spec("v.trade", connects=("sessions",), binds=(Bind("market.v"),))
STRATEGY = spec("strategy.a", kind="strategy", connects=("strategies", "market.v"))
TREE = Tree(name="t", mode=Mode.PAPER, groups=(Group(name="g", actors=(ROUTER, TRADE, STRATEGY)),))


def test_an_actor_gets_the_keys_of_just_the_servers_it_connects_to() -> None:
    """Endpoints it may not use, and plain ones, are not in its spec."""
    ring = Keyring(TREE, make=counting())
    router = ring.pair("router").public.decode()
    supervisor = ring.pair("supervisor").public.decode()
    assert ring.servers_of(STRATEGY) == {"control": supervisor, "strategies": router}
    assert ring.servers_of(TRADE) == {"control": supervisor, "sessions": router}
    assert ring.servers_of(ROUTER) == {"control": supervisor}


def test_an_endpoint_lets_in_just_the_peers_of_its_spec_with_their_roles() -> None:
    """The role of an actor is its kind, that of an outsider its name."""
    ring = Keyring(TREE, make=counting())
    peers = ring.peers_of(ROUTER)
    key = ring.pair("strategy.a").public.decode()
    assert peers["strategies"] == (PeerKey(key=key, name="strategy.a", role="strategy"),)
    assert [(one.name, one.role) for one in peers["operator"]] == [
        ("operator", "operator"),
        ("viewer", "viewer"),
    ]
    assert ring.peers_of(TRADE) == {"market.v": ()}


def test_control_is_for_actors_and_admin_for_outsiders() -> None:
    """No actor may enter `admin`, no outsider `control`."""
    ring = Keyring(TREE, make=counting())
    assert set(ring.actors().values()) == {
        Peer("router", "router"),
        Peer("v.trade", "session"),
        Peer("strategy.a", "strategy"),
    }
    assert set(ring.outsiders().values()) == {
        Peer("operator", "operator"),
        Peer("viewer", "viewer"),
    }
    assert not set(ring.actors()) & set(ring.outsiders())
    assert ring.outside_endpoints() == ("operator",)


def test_every_name_has_a_pair_of_its_own() -> None:
    """No two names share a key, and it stays the same for the whole run."""
    ring = Keyring(TREE)
    names = ("supervisor", "operator", "viewer", "router", "v.trade", "strategy.a")
    assert len({ring.pair(name).public for name in names}) == len(names)
    assert ring.pair("router") is ring.pair("router")
