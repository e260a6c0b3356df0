"""All data of one symbol: pushes and answers in, market messages out, and what has to be asked.

Belief is kept per kind of message. A feed is doubted when the connection was lost, its numbering went
back, its book stays crossed or it fell silent; it is believed again with the first data that is whole.
What is to be asked of the venue is collected in `questions`.
"""

from collections.abc import Sequence
from typing import Any, Final

import attrs

from actors.venues.longbridge.bars import BarStream
from actors.venues.longbridge.books import DepthBook
from actors.venues.longbridge.quotes import LastQuote
from actors.venues.longbridge.settings import BAR_PERIODS, Settings
from actors.venues.longbridge.symbols import id_of, stream_word
from actors.venues.longbridge.trades import TradeTape
from engine.messages.market import Bar, Book, MarketStale, Quote, Ticker, Trade
from engine.session.contract import Now

DEPTH, TRADES, BARS, QUOTE = "depth", "trades", "bars", "quote"
"""What can be asked about one symbol."""

QUESTION_OF: Final = {Quote: DEPTH, Book: DEPTH, Trade: TRADES, Bar: BARS, Ticker: QUOTE}


NUMBERING_DOUBTS_MAX: Final = 5
"""Times on one connection that numbers of a symbol may go back before they are taken for no numbers.

No document says what they mean; if they mean nothing, data must not be lost over them.
"""


@attrs.define
class Feed:
    """Belief in one kind of message of one symbol."""

    instrument: str
    kind: type
    stale: bool = False
    fed_ns: int = 0
    live_ns: int = 0
    asked_ns: int = 0
    renewals: int = 0

    def marked(self, *, fresh: bool, reason: str = "") -> MarketStale:
        """What readers are told."""
        return MarketStale(
            instrument=self.instrument,
            boot=0,
            sequence=0,
            stream=stream_word(self.kind),
            fresh=fresh,
            reason=reason,
        )


class SymbolStreams:
    """One symbol's books, trades, quotes and bars."""

    def __init__(self, symbol: str, settings: Settings) -> None:
        self.symbol = symbol
        self.instrument = id_of(symbol)
        self.feeds: dict[type, Feed] = {}
        self.quote = LastQuote(self.instrument)
        self.questions: dict[str, None] = {}
        self.crossed_ns = 0
        self._settings = settings
        self._book = DepthBook(self.instrument, settings.depth_pushes)
        self._tape = TradeTape(self.instrument, symbol)
        self._bars = BarStream(self.instrument, BAR_PERIODS[settings.bar_period][1])
        self._awaits_depth = False
        self._numbering_doubts = 0

    def want(self, kinds: frozenset[type], now: Now) -> None:
        """Exactly these kinds are wanted."""
        for kind in [kind for kind in self.feeds if kind not in kinds]:
            del self.feeds[kind]
        for kind in sorted(kinds - self.feeds.keys(), key=stream_word):
            self.feeds[kind] = Feed(self.instrument, kind, live_ns=now.mono_ns)
            # What others wanted before has been pushed; the newcomer needs its own beginning.
            self.questions[QUESTION_OF[kind]] = None

    @property
    def has_bars_to_begin(self) -> bool:
        """Whether candlesticks are to be asked for."""
        return Bar in self.feeds and self._bars.waits

    # --- belief -----------------------------------------------------------------------------------

    def fed(self, kind: type, now: Now) -> list[object]:
        """Data of this kind is whole: what is to be told before it."""
        feed = self.feeds.get(kind)
        if feed is None:
            return []
        feed.fed_ns, feed.renewals = now.mono_ns, 0
        if not feed.stale:
            return []
        feed.stale = False
        return [feed.marked(fresh=True)]

    def doubt(self, kinds: Sequence[type], reason: str) -> list[object]:
        """Data of these kinds is not to be trusted."""
        out: list[object] = []
        for kind in kinds:
            feed = self.feeds.get(kind)
            if feed is not None and not feed.stale:
                feed.stale = True
                out.append(feed.marked(fresh=False, reason=reason))
        return out

    def lost(self, reason: str) -> list[object]:
        """The connection is gone: what had data is stale, what was kept is joined to nothing."""
        self._book.restart()
        self._bars.restart()
        self._awaits_depth = False
        self.crossed_ns = self.quote.sequence = self._tape.sequence = 0
        self._numbering_doubts = 0
        self.questions.clear()
        return self.doubt([kind for kind, feed in self.feeds.items() if feed.fed_ns], reason)

    def live(self, types_questions: Sequence[str], now: Now) -> None:
        """The venue granted a subscription: silence counts from now on."""
        for feed in self.feeds.values():
            if QUESTION_OF[feed.kind] in types_questions:
                feed.live_ns = now.mono_ns
        for question in types_questions:
            if self._needed(question):
                self.questions[question] = None

    def _needed(self, question: str) -> bool:
        """Whether a subscription that was just granted leaves something to be asked."""
        if question == BARS:
            return self.has_bars_to_begin
        if question == TRADES:
            known = self._tape.has_heard
            return Trade in self.feeds and (known or self._settings.warm_up_trades > 0)
        return not self._settings.first_push

    def _minds_numbers(self) -> bool:
        """Whether a number that went back is to be taken for a gap; it is counted."""
        self._numbering_doubts += 1
        return self._numbering_doubts <= NUMBERING_DOUBTS_MAX

    # --- depth ------------------------------------------------------------------------------------

    def depth_pushed(self, push: Any, now: Now) -> list[object]:
        """Command 102. Raises RemoteProtocolError."""
        before, self._book.sequence = self._book.sequence, push.sequence
        if 0 < push.sequence < before and self._minds_numbers():
            return self._depth_doubted("the numbering of depth went back")
        if self._awaits_depth:
            return []  # older than the answer that is on its way
        self._book.pushed(push.ask, push.bid)
        return self._depth_messages(now, all_of_it=False)

    def depth_told(self, answer: Any, now: Now) -> list[object]:
        """The answer to command 14. Raises RemoteProtocolError."""
        self._awaits_depth = False
        self._book.told(answer.ask, answer.bid)
        return self._depth_messages(now, all_of_it=True)

    def depth_refused(self) -> None:
        """There is no answer to be had: pushes are taken again."""
        self._awaits_depth = False

    def _depth_doubted(self, reason: str) -> list[object]:
        self._book.restart()
        self._awaits_depth = True
        self.crossed_ns = 0
        self.questions[DEPTH] = None
        return self.doubt((Quote, Book), reason)

    def crossed_too_long(self) -> list[object]:
        """The book has been crossed for longer than it may be."""
        return self._depth_doubted("the book is crossed")

    def _depth_messages(self, now: Now, *, all_of_it: bool) -> list[object]:
        feed = self.feeds.get(Quote)
        made = self._book.messages(now, all_of_it=all_of_it or (feed is not None and feed.stale))
        if made is None:
            self.crossed_ns = self.crossed_ns or now.mono_ns
            return []
        self.crossed_ns = 0
        book, quote = made
        out: list[object] = self.fed(Quote, now) if Quote in self.feeds else []
        if quote is not None and Quote in self.feeds:
            out.append(quote)
        if Book in self.feeds:
            out += [*self.fed(Book, now), book]
        return out

    # --- trades and bars --------------------------------------------------------------------------

    def trades_pushed(self, push: Any, now: Now) -> list[object]:
        """Command 104. Raises RemoteProtocolError."""
        before = self._tape.sequence
        if push.sequence and push.sequence == before and self._tape.repeats(push.trade, now):
            return []  # told already
        if 0 < push.sequence < before and self._minds_numbers():
            self._tape.sequence = push.sequence
            self._bars.restart()
            self.questions[TRADES] = None
            if Bar in self.feeds:
                self.questions[BARS] = None
            return self.doubt((Trade, Bar), "the numbering of trades went back")
        trades = self._tape.pushed(push.trade, push.sequence, now)
        out: list[object] = []
        if Trade in self.feeds:
            out += [*self.fed(Trade, now), *trades]
        if Bar in self.feeds:
            main = [t for t, row in zip(trades, push.trade, strict=True) if not row.trade_session]
            out += self._bars.traded(main)
        return out

    def trades_told(self, answer: Any, now: Now) -> list[object]:
        """The answer to command 17: what was missed. Raises RemoteProtocolError."""
        trades = self._tape.told(answer.trades, now)
        return [*self.fed(Trade, now), *trades] if Trade in self.feeds else []

    def bars_told(self, answer: Any, now: Now) -> list[object]:
        """The answer to command 19: what was finished. Raises RemoteProtocolError."""
        bars = self._bars.candles_told(answer.candlesticks, now)
        return [*self.fed(Bar, now), *bars] if Bar in self.feeds else []

    def bars_refused(self) -> None:
        """No candlesticks to be had."""
        self._bars.refused()

    @property
    def trades_to_ask(self) -> int:
        """How many past trades are wanted: a gap may need all that can be had."""
        return 1_000 if self._tape.has_heard else self._settings.warm_up_trades

    # --- quotes -----------------------------------------------------------------------------------

    def quote_pushed(self, push: Any, now: Now) -> list[object]:
        """Command 101. Raises RemoteProtocolError."""
        return self._ticker(now) if self.quote.pushed(push) else []

    def quote_told(self, row: Any, now: Now) -> list[object]:
        """A row of the answer to command 11. Raises RemoteProtocolError."""
        self.quote.told(row)
        return self._ticker(now)

    def _ticker(self, now: Now) -> list[object]:
        if Ticker not in self.feeds:
            return []
        ticker = self.quote.ticker(now)
        return [] if ticker is None else [*self.fed(Ticker, now), ticker]
