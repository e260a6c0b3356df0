import attrs
import pytest

from engine.model.enums import Mode
from engine.session.gate import Gate, RefusedBecause
from tests.kit.commands import (
    BOOT,
    NOW,
    ROUTER,
    cancel,
    cancel_all,
    done,
    query,
    replace,
    request,
    submit,
)


def welcomed():
    gate = Gate(boot=BOOT, mode=Mode.LIVE)
    gate.welcomed(ROUTER)
    return gate


def opened():
    gate = welcomed()
    gate.reconciling(request())
    assert gate.reconciled(done())
    return gate


def code(gate, command):
    refusal = gate.refusal(command, NOW)
    return refusal and refusal.code


def test_an_open_gate_lets_everything_in_time_pass():
    """After the router's word all commands for this boot, mode and moment pass."""
    gate = opened()
    assert gate.is_open
    for command in (submit(), replace(), cancel(), query(), cancel_all(), request()):
        assert gate.refusal(command, NOW) is None


def test_a_closed_gate_holds_back_only_what_adds_risk():
    """Before reconciliation orders and changes are refused; cancels and questions pass."""
    gate = welcomed()
    assert code(gate, submit()) is RefusedBecause.GATE
    assert code(gate, replace()) is RefusedBecause.GATE
    for command in (cancel(), query(), cancel_all(), request()):
        assert gate.refusal(command, NOW) is None


@pytest.mark.parametrize("make", [submit, replace, cancel, query, cancel_all, request])
def test_other_boots_are_refused(make):
    """A command for another boot of the session, or from another boot of the router, is not sent."""
    gate = opened()
    assert code(gate, make(session_boot=8)) is RefusedBecause.SESSION_BOOT
    assert code(gate, make(router_boot=8)) is RefusedBecause.ROUTER_BOOT


@pytest.mark.parametrize("make", [submit, replace, cancel])
def test_late_commands_are_refused(make):
    """At its expiry a command is late (ORD-4)."""
    gate = opened()
    assert code(gate, make(expires_mono_ns=NOW)) is RefusedBecause.EXPIRED
    assert code(gate, make(expires_mono_ns=NOW + 1)) is None


@pytest.mark.parametrize("make", [submit, replace])
def test_paper_orders_never_pass_a_live_session(make):
    """The mode is part of every order (ORD-15), in both directions."""
    assert code(opened(), make(mode=Mode.PAPER)) is RefusedBecause.MODE
    gate = Gate(boot=BOOT, mode=Mode.PAPER)
    gate.welcomed(ROUTER)
    assert code(gate, make()) is RefusedBecause.MODE


def test_a_refused_reconciliation_keeps_the_gate_closed():
    """The router's no closes with its reason."""
    gate = welcomed()
    gate.reconciling(request())
    assert gate.reconciled(done(ok=False))
    assert "differs" in gate.closed_because


def test_only_the_answer_to_the_current_request_opens():
    """A verdict on an earlier request, or from before the connection was lost, opens nothing."""
    gate = welcomed()
    assert not gate.reconciled(done())
    gate.reconciling(request(1))
    gate.reconciling(request(2))
    assert not gate.reconciled(done(1))
    gate.close("connection lost")
    assert not gate.reconciled(done(2))
    assert not gate.is_open


@pytest.mark.parametrize("wrong", [{"session_boot": 1}, {"router_boot": 1}])
def test_verdicts_of_other_boots_are_ignored(wrong):
    """Only the router that serves us now may open the gate of this boot."""
    gate = welcomed()
    gate.reconciling(request())
    assert not gate.reconciled(attrs.evolve(done(), **wrong))


def test_a_new_router_closes_the_gate_and_the_same_one_does_not():
    """A restarted router has to reconcile first; a repeated welcome changes nothing."""
    gate = opened()
    gate.welcomed(ROUTER)
    assert gate.is_open
    gate.welcomed(10)
    assert code(gate, submit(router_boot=10)) is RefusedBecause.GATE
