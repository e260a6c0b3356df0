from engine.messages.codec import kind_of
from engine.messages.market import Book, InstrumentDefinition, MarketStale, Quote, Ticker, Trade
from engine.messages.topic import Topic as Subscription
from engine.session.contract import Topic
from engine.session.demand import DemandRule

RULE = DemandRule(instruments=("A.V", "B.V"), kinds=(Quote, Trade, Ticker))
QUOTES = {Topic(Quote, "A.V"), Topic(Quote, "B.V")}


def sub(cls, instrument=""):
    return Subscription(kind_of(cls).tag, instrument)


def test_quotes_of_the_traded_instruments_are_always_wanted():
    """Risk checks need a reference price even when nobody reads."""
    assert RULE.wanted([]) == QUOTES


def test_a_venue_without_quotes_gives_tickers():
    """The reference falls back to what the venue has."""
    rule = DemandRule(instruments=("A.V",), kinds=(Trade, Ticker))
    assert rule.wanted([]) == {Topic(Ticker, "A.V")}
    assert DemandRule(instruments=("A.V",), kinds=(Trade,)).wanted([]) == frozenset()


def test_named_topics_pass_even_when_the_engine_does_not_trade_them():
    """A reader may watch any instrument of the venue by name, any kind by name."""
    wanted = RULE.wanted([sub(Trade, "X.V"), sub(Book, "A.V")])
    assert wanted == QUOTES | {Topic(Trade, "X.V"), Topic(Book, "A.V")}


def test_all_instruments_means_the_configured_ones():
    """A subscription to a whole kind is bounded by what the engine was configured with."""
    assert RULE.wanted([sub(Trade)]) == QUOTES | {Topic(Trade, "A.V"), Topic(Trade, "B.V")}


def test_everything_means_what_the_venue_has():
    """A subscription to all kinds is bounded by instruments and capabilities."""
    wanted = RULE.wanted([Subscription(0, "")])
    assert wanted == {Topic(kind, name) for kind in RULE.kinds for name in RULE.instruments}


def test_what_the_session_makes_itself_is_not_asked_of_the_venue():
    """Definitions and staleness lead to no upstream subscription, nor do unknown tags."""
    assert RULE.wanted([sub(InstrumentDefinition, "A.V"), sub(MarketStale, "A.V")]) == QUOTES
    assert RULE.wanted([Subscription(127, "A.V")]) == QUOTES
