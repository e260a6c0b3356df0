from engine.messages.market import Quote, Ticker
from engine.session.reference import ReferencePrices


def quote(bid=10.0, ask=12.0, instrument="A.V", mono_ns=5):
    return Quote(instrument, 0, 0, 0, 0, mono_ns, bid, 1.0, ask, 1.0)


def ticker(last, instrument="A.V", mono_ns=7):
    return Ticker(instrument, 0, 0, 0, 0, mono_ns, last, 0.0, 0.0, 0.0)


def test_the_newest_quote_is_told_once():
    """However many quotes arrive, one price per instrument is told, of the newest."""
    prices = ReferencePrices(("A.V", "B.V"))
    for bid in range(1, 100):
        prices.quoted(quote(bid, bid + 2, mono_ns=bid))
    (price,) = prices.take()
    assert (price.instrument, price.price, price.bid_price, price.ask_price) == (
        "A.V",
        100,
        99,
        101,
    )
    assert price.mono_ns == 99
    assert prices.take() == []


def test_only_traded_instruments_count():
    """Instruments that a reader merely watches are none of the router's business."""
    prices = ReferencePrices(("A.V",))
    prices.quoted(quote(instrument="X.V"))
    prices.ticked(ticker(5.0, "X.V"))
    assert prices.take() == []


def test_without_a_two_sided_quote_the_last_price_serves():
    """A missing side falls back to the ticker with the ticker's own age, never to half a quote."""
    prices = ReferencePrices(("A.V",))
    prices.quoted(quote(0.0, 12.0))
    assert prices.take() == []
    prices.ticked(ticker(11.5))
    (price,) = prices.take()
    assert (price.price, price.bid_price, price.ask_price, price.mono_ns) == (11.5, 0.0, 12.0, 7)


def test_a_new_listener_hears_everything_that_is_known():
    """After `repeat` known prices are told again, unknown ones not."""
    prices = ReferencePrices(("A.V", "B.V"))
    prices.quoted(quote())
    prices.take()
    prices.repeat()
    assert [price.instrument for price in prices.take()] == ["A.V"]
