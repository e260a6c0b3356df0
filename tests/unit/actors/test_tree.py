"""The process tree of a configuration is a value: what runs, with which rights, in which mode."""

import os
from pathlib import Path

import attrs
import pytest

from actors.tree import build_tree
from actors.upkeep import UpkeepSettings
from actors.venues import discover
from engine.errors import ConfigError
from engine.risk.limits import LIVE_MANDATORY, LIVE_MANDATORY_SUMS
from engine.session.declaration import Venue
from engine.settings import load_text
from engine.settings.converter import structure
from engine.supervise.render import render
from tests.kit import twofeeds

GOLDEN = Path(__file__).parents[2] / "golden"

PAPER = """
[engine]
name = "desk"
mode = "paper"
[venues.wooxpro]
simulator = { seed = 3 }
credentials = { env = "WOO" }
[[strategies]]
name = "cross"
class = "strategies.sma_cross:SmaCross"
instruments = ["BTCUSDT.WOOXPRO"]
[risk.defaults]
max_open_orders = 5
"""
LIMITS = """
max_order_quantity = "20"
max_order_notional = { USDT = "5000" }
price_collar = "0.02"
data_age_s_max = 2.0
max_position = "50"
max_open_notional = { USDT = "20000" }
max_messages = { count = 10 }
max_loss = { USDT = "500" }
max_executions = { count = 20, window_s = 10.0 }
[live]
confirm = "desk"
"""
LIVE = PAPER.replace('mode = "paper"', 'mode = "live"') + LIMITS
SECRETS = {
    "TWO_TOKEN": "canary-token",
    "WOO_API_KEY": "canary-key",
    "WOO_API_SECRET": "canary-secret",
    "WOO_MEMO": "canary-memo",
}


FEEDS = """
[engine]
name = "desk"
[venues.twofeeds]
credentials = { env = "TWO" }
letters_http = "https://letters.example"
[venues.wooxpro]
simulator = { seed = 3 }
[[strategies]]
name = "watch"
class = "strategies.sma_cross:SmaCross"
instruments = ["AAPL.US.TWOFEEDS", "700.HK.TWOFEEDS", "BTCUSDT.WOOXPRO"]
"""


def tree_of(text: str, environ: dict[str, str] | None = None, *more: Venue):
    return build_tree(
        load_text(text),
        {**discover(), twofeeds.NAME: twofeeds.VENUE, **{venue.name: venue for venue in more}},
        state_dir=Path("/state"),
        strategies_folder=Path("/strategies"),
        environ=SECRETS if environ is None else environ,
    )


@pytest.mark.parametrize(
    ("name", "text"), [("tree_paper", PAPER), ("tree_live", LIVE), ("tree_feeds", FEEDS)]
)
def test_the_printed_tree_is_golden(name: str, text: str):
    """T-012: what would run is reviewed as text; `PITBOSS_GOLDEN=1` writes it anew."""
    file = GOLDEN / f"{name}.txt"
    found = render(tree_of(text))
    if os.environ.get("PITBOSS_GOLDEN"):
        file.write_text(found)

    assert found == file.read_text()


def test_live_differs_only_where_it_must():
    """T-012: the trade session replaces the paper venue; the rest differs in the mode word only."""
    paper = {spec.name: spec for spec in tree_of(PAPER).actors()}
    live = {spec.name: spec for spec in tree_of(LIVE).actors()}

    assert paper.keys() ^ live.keys() == {"paper.wooxpro", "wooxpro.trade"}
    assert paper["wooxpro.data"] == live["wooxpro.data"]
    assert paper["simulator.wooxpro"] == live["simulator.wooxpro"]


def test_a_simulator_is_told_only_what_somebody_set():
    """Not every simulator can wait for subscribers; one that cannot refuses the key by its name."""
    asked = "simulator = { seed = 3, hold_for = ['a'], timestamps = 'recorded' }"
    plain, held = (
        {spec.name: spec for spec in tree_of(text).actors()}["simulator.wooxpro"].settings[
            "options"
        ]
        for text in (PAPER, PAPER.replace("simulator = { seed = 3 }", asked))
    )
    assert plain == {"seed": 3, "speed": 1.0}
    assert held == {**plain, "hold_for": ["a"], "timestamps": "recorded"}


def test_no_trade_session_and_no_credentials_on_paper():
    """Nothing that could reach a trade endpoint exists in paper mode."""
    specs = list(tree_of(PAPER).actors())

    assert all(spec.settings.get("role") != "trade" for spec in specs)
    assert all(not spec.secrets for spec in specs)


def test_secrets_go_to_the_trade_session_only():
    """The live trade session alone holds the credentials, and printing the tree shows none."""
    tree = tree_of(LIVE)
    holders = [spec.name for spec in tree.actors() if spec.secrets]

    assert holders == ["wooxpro.trade"]
    assert "canary" not in render(tree)
    assert "canary" not in repr(tree)


def test_all_faults_come_at_once():
    """Unknown venue, bad venue key, missing credentials and bad limit in one error."""
    text = LIVE.replace("simulator = { seed = 3 }", "htp_url = 'x'").replace(
        "max_open_orders = 5", "max_open_orders = -1"
    )
    with pytest.raises(ConfigError) as caught:
        tree_of(text + "[venues.nowhere]\n", {})
    paths = " ".join(problem.path for problem in caught.value.problems)

    assert "venues.nowhere" in paths
    assert "credentials" in paths
    assert "risk" in paths
    assert any("htp_url" in problem.problem for problem in caught.value.problems)


def test_live_needs_every_mandatory_limit():
    """T-085, PT-28: each limit that is missing is named; nothing starts."""
    for name in LIVE_MANDATORY + LIVE_MANDATORY_SUMS:
        lines = [line for line in LIVE.splitlines() if not line.startswith(name)]
        with pytest.raises(ConfigError) as caught:
            tree_of("\n".join(lines))
        assert [p.path.rpartition(".")[2] for p in caught.value.problems] == [name]


def test_a_malformed_limit_hides_no_missing_one():
    """What cannot be read is named once, what is missing as well; nothing is called missing that is there."""
    text = LIVE.replace("max_open_orders = 5", "max_open_orders = -1\nmax_ordr_quantity = 3")
    lines = [line for line in text.splitlines() if not line.startswith("price_collar")]
    with pytest.raises(ConfigError) as caught:
        tree_of("\n".join(lines))
    found = sorted((p.path, p.problem.split(",")[0]) for p in caught.value.problems)

    assert [path for path, _ in found].count("risk.instruments.BTCUSDT.WOOXPRO.price_collar") == 1
    assert any("max_open_orders must be above zero" in problem for _, problem in found)
    assert any("max_ordr_quantity" in problem for _, problem in found)
    assert len(found) == 3


@pytest.mark.parametrize("section", ["defaults = 3", "instruments = 3", 'venues.wooxpro = "x"'])
def test_limits_in_a_section_that_cannot_be_read_are_not_called_missing(section: str):
    """Nobody can say what stands there: the section is the one fault."""
    confirmed = '[live]\nconfirm = "desk"\n'
    text = LIVE.partition("[risk.defaults]")[0] + f"{confirmed}[risk]\n{section}\n"
    with pytest.raises(ConfigError) as caught:
        tree_of(text)

    assert [p.path for p in caught.value.problems] == [f"risk.{section.partition(' ')[0]}"]


def test_a_strategy_may_be_on_paper_while_the_engine_is_live():
    """The venue then has both: a trade session for the others, a paper venue for this one."""
    more = LIVE.replace(
        "[risk.defaults]",
        '[[strategies]]\nname = "dry"\nclass = "a:B"\ninstruments = ["ETHUSDT.WOOXPRO"]\nmode = "paper"\n[risk.defaults]',
    )
    tree = tree_of(more)
    names = {spec.name for spec in tree.actors()}
    router = next(spec for spec in tree.actors() if spec.kind == "router")

    assert {"paper.wooxpro", "wooxpro.trade"} <= names
    assert router.settings["core"]["trade_sessions"].keys() == {"paper.wooxpro", "wooxpro.trade"}
    assert router.settings["core"]["strategies"]["dry"]["mode"] == "paper"


def test_the_stuck_limit_of_a_strategy_is_its_own():
    """A strategy that may think for ten seconds is not killed after three."""
    patient = PAPER.replace('name = "cross"', 'name = "cross"\ncallback_s_max = 10.0')
    spec = next(spec for spec in tree_of(patient).actors() if spec.kind == "strategy")

    assert spec.missed_max * spec.heartbeat_interval_s >= 10.0


def test_the_journals_upkeep_reaches_the_router():
    """Configured in MiB, records and days; the router counts bytes."""
    keys = "[engine.journal]\nsegment_mib = 2\nsnapshot_records = 5000\nkeep_days = 7\n"
    tree = tree_of(PAPER.replace("[venues.wooxpro]", keys + "[venues.wooxpro]", 1))
    router = next(spec for spec in tree.actors() if spec.name == "router")
    wanted = {"segment_bytes": 2 << 20, "snapshot_records": 5_000, "keep_days": 7}
    assert router.settings["upkeep"] == wanted
    assert structure(wanted, UpkeepSettings).segment_bytes == 2 << 20


# --- venues with several feeds ---------------------------------------------------------------------


def actors_of(text: str, *more: Venue):
    return {spec.name: spec for spec in tree_of(text, None, *more).actors()}


def test_each_feed_is_a_process_with_its_endpoints_and_instruments():
    """Its name says which; nobody else binds there, and the router takes both for the venue's."""
    actors = actors_of(FEEDS)
    letters, digits = actors["twofeeds.letters.data"], actors["twofeeds.digits.data"]

    assert [bind.endpoint for bind in letters.binds] == [
        "market.twofeeds.letters",
        "replay.twofeeds.letters",
    ]
    assert letters.settings["feed"] == "letters"
    assert letters.settings["instruments"] == ["AAPL.US.TWOFEEDS"]
    assert digits.settings["instruments"] == ["700.HK.TWOFEEDS"]
    assert letters.secrets.keys() == digits.secrets.keys() == {"token"}
    assert "feed" not in actors["wooxpro.data"].settings
    assert actors["router"].settings["core"]["data_sessions"] == {
        "twofeeds.letters.data": "twofeeds",
        "twofeeds.digits.data": "twofeeds",
        "wooxpro.data": "wooxpro",
    }


def test_a_strategy_is_told_the_feeds_of_those_instruments_that_need_it():
    """Whose venue has one feed finds it by the venue's name."""
    assert actors_of(FEEDS)["strategy.watch"].settings["feeds"] == {
        "AAPL.US.TWOFEEDS": "twofeeds.letters",
        "700.HK.TWOFEEDS": "twofeeds.digits",
    }
    assert "feeds" not in actors_of(PAPER)["strategy.cross"].settings


def test_only_feeds_that_somebody_needs_are_started():
    """By a strategy or by a risk check; disabled strategies need nothing."""
    one = FEEDS.replace('"700.HK.TWOFEEDS", ', "")
    reference = one.replace(
        "letters_http", 'reference_instruments = ["700.HK.TWOFEEDS"]\nletters_http'
    )
    none = FEEDS.replace('"watch"', '"watch"\nenabled = false')
    sessions = {"twofeeds.letters.data", "twofeeds.digits.data"}

    assert actors_of(one).keys() & sessions == {"twofeeds.letters.data"}
    assert actors_of(reference).keys() & sessions == sessions
    assert actors_of(none).keys() & sessions == set()
    assert "wooxpro.data" in actors_of(none)


def test_an_instrument_that_no_feed_delivers_is_named():
    """With the feeds that there are."""
    text = FEEDS.replace("700.HK", ".DJI.US").replace(
        "letters_http", 'reference_instruments = [".VIX.US.TWOFEEDS"]\nletters_http'
    )
    with pytest.raises(ConfigError) as caught:
        tree_of(text)
    found = {(p.path, p.problem, p.hint) for p in caught.value.problems}

    assert found == {
        (
            "strategies.watch.instruments",
            "no feed of twofeeds delivers '.DJI.US.TWOFEEDS'",
            "there are: letters, digits",
        ),
        (
            "venues.twofeeds.reference_instruments",
            "no feed of twofeeds delivers '.VIX.US.TWOFEEDS'",
            "there are: letters, digits",
        ),
    }


def test_a_venue_without_orders_has_no_trade_session_and_no_paper_venue():
    """Nobody takes orders for it in any mode, and the router knows it by its data sessions only."""
    for text in (FEEDS, FEEDS.replace('"desk"', '"desk"\nmode = "live"\n[live]\nconfirm = "desk"')):
        limits = "[risk.instruments.'BTCUSDT.WOOXPRO']" + LIMITS.partition("[live]")[0]
        actors = actors_of(text + limits + "max_open_orders = 5")
        assert not {"paper.twofeeds", "twofeeds.trade"} & actors.keys()
        sessions = actors["router"].settings["core"]["trade_sessions"]
        assert {told["venue"] for told in sessions.values()} == {"wooxpro"}


def test_a_twin_at_a_venue_without_orders_is_refused():
    """It is to be traded; the other way round is what twins are for."""
    twins = FEEDS.replace("class =", "twins = { 'AAPL.US.TWOFEEDS' = '{}' }\nclass =")
    good = actors_of(twins.replace("{}", "BTCUSDT.WOOXPRO"))["strategy.watch"]
    with pytest.raises(ConfigError) as caught:
        tree_of(twins.replace("{}", "700.HK.TWOFEEDS"))
    (problem,) = caught.value.problems

    assert good.settings["twins"] == {"AAPL.US.TWOFEEDS": "BTCUSDT.WOOXPRO"}
    assert problem.path == "strategies.watch.twins"
    assert "twofeeds takes no orders" in problem.problem
    assert "twins" not in actors_of(PAPER)["strategy.cross"].settings


def test_a_paper_venue_needs_all_feeds_that_are_started():
    """It reads each; which it reads is told to no paper venue with one feed."""
    trading = attrs.evolve(twofeeds.VENUE, trade=twofeeds.VENUE.feeds[0].data)
    actors = actors_of(FEEDS, trading)
    paper = actors["paper.twofeeds"]

    assert paper.needs == ("twofeeds.letters.data", "twofeeds.digits.data")
    assert paper.settings["feeds"] == ["letters", "digits"]
    assert "feeds" not in actors["paper.wooxpro"].settings


# --- venues whose sessions are joined --------------------------------------------------------------

DRY = (
    '[[strategies]]\nname = "dry"\nclass = "a:B"\ninstruments = ["ETHUSDT.WOOXPRO"]\n'
    'mode = "paper"\n[risk.defaults]'
)
JOINED = attrs.evolve(discover()["wooxpro"], joined=True, data_secrets=("api_key",))


def core_of(actors):
    return actors["router"].settings["core"]


def test_joined_sessions_are_one_process_where_orders_are_live():
    """It has the orders, and the endpoints of market data; the router takes both from it."""
    actors = actors_of(LIVE, JOINED)
    both = actors["wooxpro.trade"]

    assert "wooxpro.data" not in actors
    assert [bind.endpoint for bind in both.binds] == ["market.wooxpro", "replay.wooxpro"]
    assert both.settings["role"] == "trade"
    assert both.settings["instruments"] == ["BTCUSDT.WOOXPRO"]
    assert both.settings["orphan"]
    assert both.secrets.keys() == {"api_key", "api_secret", "memo"}
    assert both.grace_s == actors_of(LIVE)["wooxpro.trade"].grace_s
    assert core_of(actors)["data_sessions"] == {"wooxpro.trade": "wooxpro"}
    assert core_of(actors)["trade_sessions"].keys() == {"wooxpro.trade"}


def test_joined_sessions_are_data_alone_on_paper():
    """No trade session, no secret that market data does not need."""
    actors = actors_of(PAPER, JOINED)
    data = actors["wooxpro.data"]

    assert "wooxpro.trade" not in actors
    assert data.settings["role"] == "data"
    assert data.secrets.keys() == {"api_key"}
    assert actors["paper.wooxpro"].needs == ("wooxpro.data",)
    assert core_of(actors)["data_sessions"] == {"wooxpro.data": "wooxpro"}


def test_a_paper_venue_reads_the_market_of_the_joined_session():
    """Where strategies are live and on paper, the one process serves both."""
    actors = actors_of(LIVE.replace("[risk.defaults]", DRY), JOINED)

    assert {"wooxpro.data"} & actors.keys() == set()
    assert actors["paper.wooxpro"].needs == ("wooxpro.trade",)
    assert actors["wooxpro.trade"].settings["instruments"] == ["BTCUSDT.WOOXPRO", "ETHUSDT.WOOXPRO"]
    assert core_of(actors)["data_sessions"] == {"wooxpro.trade": "wooxpro"}
    assert core_of(actors)["trade_sessions"].keys() == {"paper.wooxpro", "wooxpro.trade"}


def test_only_one_data_and_one_trade_session_can_be_joined():
    """A venue with several feeds has connections that orders do not come over."""
    with pytest.raises(ValueError, match="joined"):
        attrs.evolve(discover()["alltick"], joined=True)
