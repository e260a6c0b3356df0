"""Writes down every quote and trade it is shown, and trades a little, for the replay test."""

from pathlib import Path

from engine.strategy import Quote, Side, Strategy, Trade, parameter


class Tape(Strategy):
    """Keeps what it saw in two files; buys and sells in turn at market."""

    folder: str = parameter(help="where the files go")
    quotes_per_order: int = parameter(2000, minimum=1)

    def on_start(self) -> None:
        self.count = 0
        self.side = Side.BUY
        self.quotes = (Path(self.folder) / "quotes").open("a", buffering=1 << 16)
        self.trades = (Path(self.folder) / "trades").open("a", buffering=1 << 16)
        self.schedule("flush", 0.5, every_s=0.5)
        for name in self.instruments:
            self.subscribe_quotes(name)
            self.subscribe_trades(name)
            # Last of all: the replay waits for this topic, which nobody else reads.
            self.subscribe_ticker(name)

    def on_quote(self, quote: Quote) -> None:
        self.quotes.write(
            f"{quote.ts_ns} {quote.bid_price!r} {quote.bid_size!r} {quote.ask_price!r} {quote.ask_size!r}\n"
        )
        self.count += 1
        if self.count % self.quotes_per_order == 0 and not self.orders():
            self.submit(self.side, quote.instrument, 5)
            self.side = self.side.opposite

    def on_trade(self, trade: Trade) -> None:
        self.trades.write(
            f"{trade.ts_ns} {trade.price!r} {trade.size!r} {trade.aggressor} {trade.trade_id}\n"
        )

    def on_timer(self, name: str) -> None:
        self.quotes.flush()
        self.trades.flush()
