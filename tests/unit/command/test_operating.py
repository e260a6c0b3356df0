"""Commands against a running engine: which one is meant, and what its answer becomes."""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from actors.command import app, byhand, exits, grammar, operating, switching
from actors.command.operating import COLUMNS, RUNNING_MARK, find_run
from actors.command.places import default_run_dir
from engine.errors import BusFull, ConfigError, ConnectFailed, PeerSilent
from engine.model.enums import OrdType, PositionEffect, Side, TimeInForce, TradingStateWord
from engine.supervise.client import RequestRefused
from tests.kit.orders import Bench, D
from tests.unit.command.test_report import ROUTER, actor, snapshot


@pytest.fixture(autouse=True)
def runs(monkeypatch, tmp_path: Path) -> Path:
    """Where engines of this user run."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "pitboss"


@pytest.fixture
def engine(monkeypatch, tmp_path: Path) -> "Engine":
    """One running engine that answers as it is told."""
    engine = Engine(running(tmp_path / "here"))
    monkeypatch.setattr(operating, "ask", engine.ask)
    return engine


class Engine:
    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.answer: Any = []
        self.answers: list[Any] = []
        self.more: list[dict[str, Any]] = []
        self.asked: list[tuple[Any, ...]] = []

    async def ask(self, run_dir, endpoint, verb, arguments, *, role, reason, within_s, **more):
        self.more.append(more)
        self.asked.append((run_dir, endpoint, verb, dict(arguments), role, reason))
        if self.answers:
            self.answer = self.answers.pop(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def running(run_dir: Path) -> Path:
    run_dir.mkdir(parents=True)
    (run_dir / RUNNING_MARK).touch()
    return run_dir


# --- which engine ----------------------------------------------------------------------------------


def test_a_named_engine_must_run(tmp_path: Path):
    """A directory without a running engine is not asked."""
    with pytest.raises(ConnectFailed, match="no engine runs in"):
        find_run(tmp_path)
    assert find_run(running(tmp_path / "x")) == tmp_path / "x"


def test_the_only_engine_need_not_be_named(runs: Path):
    """With none there is nothing to ask, with several it must be said which."""
    with pytest.raises(ConnectFailed, match="no engine runs below"):
        find_run(None)
    desk = running(default_run_dir("desk"))
    (runs / "stopped").mkdir()
    assert find_run(None) == desk
    running(runs / "other")
    with pytest.raises(ConfigError, match="several engines run: desk, other"):
        find_run(None)


# --- what is asked and shown -------------------------------------------------------------------------


def test_reading_uses_the_viewers_key(engine, capsys):
    """Looking can change nothing."""
    operating.table("orders", {"open": True}, engine.run_dir, as_json=True)

    assert engine.asked == [(engine.run_dir, "operator", "orders", {"open": True}, "viewer", "")]
    assert json.loads(capsys.readouterr().out) == []


MOVED = {"scope": "engine", "level": "killed", "changed": True, "journaled": True}


def test_commands_use_the_operators_key_and_a_reason(engine, capsys):
    """People get a sentence, programs the answer."""
    engine.answer = {**MOVED, "open_orders": 3}
    line = ["kill", "--reason", "drill", "--run-dir", str(engine.run_dir)]
    assert app.main(line) == exits.OK

    asked = ("kill", "kill", {"level": "killed", "scope": "engine"}, "operator", "drill")
    assert engine.asked[0][1:] == asked
    assert capsys.readouterr().out == "engine: killed; open orders that are being cancelled: 3\n"
    assert app.main([*line, "--json"]) == exits.OK
    assert json.loads(capsys.readouterr().out) == engine.answer


def test_a_switch_that_did_not_move_or_is_not_journaled_is_said(engine, capsys):
    """What is not as usual is in the sentence."""
    engine.answer = {**MOVED, "level": "active", "changed": False, "journaled": False}
    engine.answer["open_orders"] = 0
    assert app.main(["arm", "--reason", "x", "--run-dir", str(engine.run_dir)]) == exits.OK
    out = capsys.readouterr().out
    assert "active, as it was before" in out
    assert "not in the journal yet" in out


def test_a_strategy_is_restarted_by_its_own_name(engine, capsys):
    """As the configuration calls it; what is nobody's name is left to the supervisor's answer."""
    where = ["--run-dir", str(engine.run_dir)]
    engine.answers = [snapshot(actor("strategy.a", "strategy")), {"restarting": "strategy.a"}]
    assert app.main(["restart", "a", *where]) == exits.OK
    assert engine.asked[-1][1:4] == ("admin", "restart", {"actor": "strategy.a"})
    assert "strategy.a is being restarted" in capsys.readouterr().out
    engine.answers = [snapshot(actor("strategy.a", "strategy")), RequestRefused("no such actor")]
    assert app.main(["restart", "nobody", *where]) == exits.CHECK_FAILED
    assert engine.asked[-1][3] == {"actor": "nobody"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("order long 10 BTC.V --reason x", '"buy", "sell"'),
        ("order buy ten BTC.V --reason x", "must be a number"),
        ("order buy 10 BTC.V --price nan --reason x", "must be a number"),
        ("order buy 10 BTC.V --tif tomorrow --reason x", '"ioc"'),
        ("cancel --reason x", "name the orders"),
        ("claim --reason x", "name one order"),
        ("flatten --reason x", "--strategy"),
        ("kill --level active", '"halted"'),
        ("limits set engine max_positon 3 --expires 1h --reason x", "max_position"),
        ("limits set engine max_position 3 --expires soon --reason x", "not a duration"),
        ("limits reset planet max_position --reason x", "venue:NAME"),
    ],
)
def test_what_cannot_be_meant_is_bad_usage(engine, capsys, words, says):
    """Before the engine is asked, with the exit code of the README."""
    assert app.main([*words.split(), "--run-dir", str(engine.run_dir)]) == exits.USAGE
    assert says in " ".join(capsys.readouterr().err.replace("│", "").split())
    assert engine.asked == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (grammar.Side, Side),
        (grammar.OrderType, OrdType),
        (grammar.TimeInForce, TimeInForce),
        (grammar.PositionEffect, PositionEffect),
        (grammar.KillLevel | grammar.ArmLevel, TradingStateWord),
    ],
)
def test_the_words_of_the_grammar_are_the_engines(words, kind):
    """The command line refuses what the router does not know, and nothing else."""
    parts = [words] if get_origin(words) is Literal else get_args(words)
    assert {each for part in parts for each in get_args(part)} == {each.value for each in kind}


def test_status_is_the_snapshot_rearranged(engine, capsys):
    """The supervisor is asked; programs read the keys of the interfaces page."""
    engine.answer = snapshot(ROUTER)
    assert operating.status(engine.run_dir, as_json=True) == exits.OK

    assert engine.asked[0][1:3] == ("admin", "status")
    assert json.loads(capsys.readouterr().out)["trading_state"] == "active"
    assert operating.status(engine.run_dir, as_json=False) == exits.OK
    out = capsys.readouterr().out
    assert "2 open" in out
    assert "│" not in out  # nobody's terminal: no frame as wide as the longest line


def test_an_empty_list_says_so(engine, capsys):
    """Instead of a table without rows."""
    assert operating.table("fills", {}, engine.run_dir, as_json=False) == exits.OK
    assert capsys.readouterr().out == "no fills\n"


def test_why_orders_were_denied_can_be_listed(engine, capsys):
    """While the engine runs, with code and text, in the router's own rows."""
    bench = Bench().open_venue()
    bench.greet()
    bench.send(bench.intent(quantity=D("1.5")))
    engine.answer = bench.ask("orders", denied=True)
    where = ["--run-dir", str(engine.run_dir)]
    assert app.main(["orders", "--denied", *where]) == exits.OK
    assert engine.asked[0][1:4] == ("operator", "orders", {"denied": True})
    out = capsys.readouterr().out
    assert "QUANTITY_OFF_LOT" in out
    assert engine.answer[0]["text"] in out
    assert app.main(["orders", "--denied", "--all", *where]) == exits.USAGE


def test_alarms_are_everybodys(engine, capsys):
    """Also while the router cannot be asked: then that is said, and the rest is shown."""
    lost = actor("strategy.a", "strategy", state="quarantined", reason="fell")
    engine.answers = [snapshot(lost), []]
    assert app.main(["alarms", "--run-dir", str(engine.run_dir)]) == exits.OK
    assert [asked[1:3] for asked in engine.asked] == [("admin", "status"), ("operator", "alarms")]
    assert "strategy.a" in capsys.readouterr().out
    engine.answers = [snapshot(lost), PeerSilent("no router")]
    assert app.main(["alarms", "--json", "--run-dir", str(engine.run_dir)]) == exits.TRY_AGAIN
    out, err = capsys.readouterr()
    assert json.loads(out)[0]["subject"] == "strategy.a"
    assert "no router" in err


@pytest.mark.parametrize("verb", COLUMNS)
def test_the_columns_are_what_the_router_answers(engine, capsys, verb):
    """Every column finds its field in the router's own rows, and text of others is shown as it is."""
    bench = Bench().open_venue()
    bench.greet()
    order = bench.submit()
    bench.fill(order, "f1", "4")
    bench.fill(order, "f2", "40")
    rows = bench.ask(verb)
    assert rows
    for row in rows:
        assert {key for key, _ in COLUMNS[verb]} <= set(row)
    words = "text" if verb == "alarms" else "strategy"
    engine.answer = [{**row, words: "[/x]"} for row in rows]
    assert operating.table(verb, {}, engine.run_dir, as_json=False) == exits.OK
    out = capsys.readouterr().out
    assert out.count("[/x]") == len(rows)
    assert all(title in out for _, title in COLUMNS[verb])


@pytest.mark.parametrize(
    ("words", "endpoint", "verb", "arguments"),
    [
        ("accept testvenue", "operator", "reconcile-accept", {"venue": "testvenue"}),
        ("reconcile accept testvenue", "operator", "reconcile-accept", {"venue": "testvenue"}),
        ("reconcile run testvenue", "operator", "reconcile-run", {"venue": "testvenue"}),
        ("cancel c-1 c-2", "operator", "cancel", {"orders": ["c-1", "c-2"]}),
        ("cancel-all", "operator", "cancel-all", {"scope": "engine"}),
        ("claim v-1", "operator", "claim", {"owner": "operator", "order": "v-1"}),
        (
            "claim --all-of testvenue --owner a",
            "operator",
            "claim",
            {"owner": "a", "account": "testvenue", "all": True},
        ),
        (
            "resolve c-1 --lifecycle cancelled",
            "operator",
            "resolve",
            {"client_order_id": "c-1", "lifecycle": "cancelled"},
        ),
        (
            "order buy 3 BTC.V --price 99 --post-only",
            "operator",
            "order",
            {
                "side": "buy",
                "quantity": "3",
                "instrument": "BTC.V",
                "price": "99",
                "time_in_force": "gtc",
                "post_only": True,
            },
        ),
        ("bust testvenue f1", "operator", "bust", {"venue": "testvenue", "fill_key": "f1"}),
        ("restart strategy.a", "admin", "restart", {"actor": "strategy.a"}),
    ],
)
def test_each_command_asks_for_what_it_says(engine, words, endpoint, verb, arguments):
    """The verbs and arguments are those of router and supervisor; the reason goes along."""
    line = [*words.split(), "--reason", "seen it", "--run-dir", str(engine.run_dir)]
    engine.answer = {}

    assert app.main(line) == exits.OK
    assert engine.asked == [(engine.run_dir, endpoint, verb, arguments, "operator", "seen it")]


@pytest.mark.parametrize(
    "words",
    [
        "accept v",
        "reconcile accept v",
        "reconcile run v",
        "resolve c --lifecycle open",
        "bust v f",
        "cancel c",
        "claim c",
        "order buy 1 BTC.V",
        "flatten --all",
        "venue stop v",
        "venue login v",
        "venue restart v",
        "arm",
    ],
)
def test_what_overrules_the_engine_needs_a_reason(engine, words, capsys):
    """Nothing is asked without one."""
    assert app.main([*words.split(), "--run-dir", str(engine.run_dir)]) == exits.USAGE
    assert engine.asked == []
    assert "--reason" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verb", "arguments", "says"),
    [
        ("accept", {"venue": "testvenue"}, "there is nothing to accept"),
        ("resolve", {"client_order_id": "x", "lifecycle": "open"}, "name an order that is unknown"),
        ("bust", {"venue": "testvenue", "fill_key": "x"}, "no fill 'x' is counted"),
    ],
)
def test_the_router_knows_the_verbs(verb, arguments, says):
    """It understands the arguments and answers to the point."""
    replies = Bench().open_venue().operate(verb, reason="seen it", **arguments)
    assert says in replies[0].error


def test_a_dry_run_asks_what_would_be_done(engine, capsys):
    """The router is told that nothing may change; people see the orders concerned as a table."""
    bench = Bench().open_venue()
    bench.greet()
    order = bench.submit()
    engine.answer = bench.ask("cancel", orders=[order.client_order_id], dry_run=True)
    line = ["cancel", "c-1", "--dry-run", "--reason", "x", "--run-dir", str(engine.run_dir)]

    assert app.main(line) == exits.OK
    assert engine.asked[0][3] == {"orders": ["c-1"], "dry_run": True}
    shown = capsys.readouterr().out
    assert "cancel would do this; nothing was changed" in shown
    assert order.client_order_id in shown
    assert app.main([*line, "--json"]) == exits.OK
    assert json.loads(capsys.readouterr().out) == engine.answer


def test_the_agreement_is_shown_to_anybody(engine, capsys):
    """Looking needs the viewer's key only, and what to do next is said in words."""
    engine.answer = Bench().open_venue().ask("reconcile-show")
    assert app.main(["reconcile", "show", "--run-dir", str(engine.run_dir)]) == exits.OK

    assert engine.asked[0][1:5] == ("operator", "reconcile-show", {}, "viewer")
    assert "all agrees" in capsys.readouterr().out


def test_a_denied_order_is_not_what_was_wanted(engine, capsys):
    """The code and its numbers are shown; scripts see it by the exit code, also of a dry run."""
    bench = Bench().open_venue()
    wish = {"instrument": "BTCUSDT.TESTVENUE", "side": "buy", "quantity": "0.5", "price": "99"}
    line = ["order", "buy", "0.5", "BTCUSDT.TESTVENUE", "--price", "99", "--reason", "x"]
    line += ["--run-dir", str(engine.run_dir)]
    for dry in (True, False):
        engine.answer = bench.ask("order", "x", **({"dry_run": True} if dry else {}), **wish)
        assert app.main([*line, *(["--dry-run"] if dry else [])]) == exits.CHECK_FAILED
        out = capsys.readouterr().out
        assert "code LIMIT_MISSING" in out
        assert "a live order lacks a limit that it must have" in out
        assert "[risk.strategies.operator]" in out


ORDER_LINE = "order buy 1 BTC.V --reason x"


@pytest.mark.parametrize(
    ("lifecycle", "code", "says"),
    [("open", exits.OK, ""), ("rejected", exits.CHECK_FAILED, "POST_ONLY would trade")],
)
def test_an_order_is_followed_until_the_venue_has_answered(engine, capsys, lifecycle, code, says):
    """`planned` is no answer: what is shown, and the exit code, are what the venue said."""
    row = {"client_order_id": "c-1", "lifecycle": "planned", "pending": "new"}
    late = {**row, "lifecycle": lifecycle, "pending": None}
    late |= {"code": "POST_ONLY", "text": "would trade"} if says else {}
    answer = {"order": row, "denied": None}
    engine.answers = [answer, [row], [late]]
    line = [*ORDER_LINE.split(), "--run-dir", str(engine.run_dir)]
    assert app.main([*line, "--json"]) == code
    out, err = capsys.readouterr()
    assert json.loads(out) == {"order": late, "denied": None}
    assert says in err
    assert engine.asked[-1][1:5] == ("operator", "orders", {"client_order_id": "c-1"}, "viewer")


def test_an_order_that_is_still_on_its_way_is_said_to_be(engine, monkeypatch, capsys):
    """The wait is bounded, and an engine that does not answer ends it."""
    monkeypatch.setattr(byhand, "ANSWERED_S", 0.1)
    row = {"client_order_id": "c-1", "lifecycle": "planned", "pending": "new"}
    engine.answers = [{"order": row, "denied": None}]
    engine.answers += [[row]] * 10
    line = [*ORDER_LINE.split(), "--run-dir", str(engine.run_dir)]
    assert app.main(line) == exits.OK
    assert "still on its way" in capsys.readouterr().err
    assert len(engine.asked) < 5
    engine.answers = [{"order": row, "denied": None}, PeerSilent("gone")]
    assert app.main(line) == exits.OK
    assert "c-1" in capsys.readouterr().out


def test_an_order_whose_answer_is_lost_can_be_repeated(engine, capsys):
    """The id it was sent under is shown; given again, it is the same request."""
    engine.answer = PeerSilent("no answer")
    line = ["order", "buy", "1", "BTC.V", "--reason", "x", "--run-dir", str(engine.run_dir)]
    assert app.main(line) == exits.TRY_AGAIN
    (request_id,) = [each["request_id"] for each in engine.more]
    assert f"--request-id {request_id}" in capsys.readouterr().err
    engine.answer = {}
    assert app.main([*line, "--request-id", request_id]) == exits.OK
    assert engine.more[-1] == {"request_id": request_id}


@pytest.mark.parametrize(("stage", "code"), [("flat", 0), ("timed_out", 1)])
def test_a_flattening_is_watched_to_its_end(engine, monkeypatch, capsys, stage, code):
    """What it waits for is told once; its end decides the exit code."""
    monkeypatch.setattr(byhand, "PROGRESS_S", 0.001)
    row = {"job": 7, "stage": "cancelling", "note": "2 orders are open", "positions": []}
    engine.answers = [row, row, {**row, "stage": "closing", "note": "x"}, {**row, "stage": stage}]
    line = ["flatten", "--strategy", "a", "--reason", "home", "--run-dir", str(engine.run_dir)]
    assert app.main([*line, "--within", "9"]) == code
    out, err = capsys.readouterr()
    assert [asked[2] for asked in engine.asked] == ["flatten"] + ["flatten-progress"] * 3
    assert engine.asked[0][3] == {"strategy": "a", "within_s": 9.0}
    assert err.count("2 orders are open") == 1
    assert f"stage: {stage}" in out


def test_what_is_done_to_a_venue_is_noted_in_the_journal(engine, capsys):
    """The supervisor acts, the router notes it; one that cannot is told of, and nothing is undone."""
    where = ["--run-dir", str(engine.run_dir)]
    engine.answers = [{"stopped": ["v.data"]}, {"noted": "venue-stop"}]
    assert app.main(["venue", "stop", "v", "--reason", "maintenance", *where]) == exits.OK
    assert [asked[1:4] for asked in engine.asked] == [
        ("admin", "venue-stop", {"venue": "v"}),
        ("operator", "note", {"done": "venue-stop", "venue": "v"}),
    ]
    engine.answers = [{"stopped": ["v.data"]}, ConnectFailed("no router")]
    assert app.main(["venue", "stop", "v", "--reason", "x", *where]) == exits.OK
    assert "not noted" in capsys.readouterr().err
    engine.asked.clear()
    engine.answer = {}
    assert app.main(["venue", "login", "v", "--dry-run", "--reason", "x", *where]) == exits.OK
    assert [asked[1:4] for asked in engine.asked] == [
        ("admin", "venue-login", {"venue": "v", "dry_run": True})
    ]


# --- what goes wrong ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (ConnectFailed("nobody there"), "is the engine running?"),
        (BusFull("queue"), "is the engine running?"),
        (PeerSilent("no answer"), "whether it was done is not known"),
    ],
)
def test_an_engine_that_does_not_answer_means_try_again(engine, capsys, error, hint):
    """Every command ends with the same code, and says what is known of the outcome."""
    engine.answer = error
    codes = {
        operating.status(engine.run_dir, as_json=True),
        operating.table("orders", {}, engine.run_dir, as_json=True),
        switching.move("kill", "killed", "engine", "x", engine.run_dir, as_json=False),
        operating.stop(engine.run_dir, "x"),
    }
    out, err = capsys.readouterr()

    assert codes == {exits.TRY_AGAIN}
    assert out == ""
    assert err.count(hint) == 4
    assert err.count(str(error)) == 4


def test_a_refusal_is_shown_with_its_reason(engine, capsys):
    """The engine said no: nothing was done, and the reason is the engine's own."""
    engine.answer = RequestRefused("kill needs a reason")
    code = switching.move("kill", "killed", "engine", "", engine.run_dir, as_json=False)
    assert code == exits.CHECK_FAILED
    assert "kill needs a reason" in capsys.readouterr().err


def test_stop_waits_until_the_engine_is_gone(engine, monkeypatch, capsys):
    """It returns when the supervisor has taken its endpoint away, and says so."""
    (engine.run_dir / "admin.ipc").touch()

    async def ask(*arguments: Any, **options: Any) -> None:
        await engine.ask(*arguments, **options)
        for name in ("admin.ipc", RUNNING_MARK):
            (engine.run_dir / name).unlink()

    monkeypatch.setattr(operating, "ask", ask)
    assert operating.stop(engine.run_dir, "bye") == exits.OK
    assert capsys.readouterr().out == f"the engine in {engine.run_dir} has stopped\n"
    assert engine.asked[0][1:] == ("admin", "stop", {}, "operator", "bye")


def test_an_engine_that_does_not_stop_is_an_error(engine, monkeypatch, capsys):
    """The wait is bounded; its directory is named."""
    (engine.run_dir / "admin.ipc").touch()
    monkeypatch.setattr(operating, "STOP_S_MAX", 0.05)

    assert operating.stop(engine.run_dir, "bye") == exits.CHECK_FAILED
    assert f"the engine in {engine.run_dir} has not stopped" in capsys.readouterr().err
