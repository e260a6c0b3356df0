"""Writes down every quote and trade it is shown, one pair of files per instrument, and trades a little."""

from pathlib import Path

from engine.strategy import Decimal, Quote, Side, Strategy, TimeInForce, Trade, parameter


class Scribe(Strategy):
    """Buys and sells in turn at market where it is given a quantity."""

    folder: str = parameter(help="where the files go")
    quantity: Decimal = parameter(Decimal(0), help="of each order; none for watching only")
    quotes_per_order: int = parameter(100, minimum=1)
    time_in_force: str = parameter("gtc", choices=("gtc", "ioc"))

    def on_start(self) -> None:
        self.count = 0
        self.side = Side.BUY
        self.files = {}
        for name in self.instruments:
            for kind in ("quotes", "trades"):
                file = Path(self.folder) / f"{name}.{kind}"
                self.files[name, kind] = file.open("a", buffering=1 << 16)
            self.subscribe_quotes(name)
            self.subscribe_trades(name)
        self.schedule("flush", 0.2, every_s=0.2)

    def on_quote(self, quote: Quote) -> None:
        self.files[quote.instrument, "quotes"].write(
            f"{quote.ts_ns} {quote.bid_price!r} {quote.bid_size!r} {quote.ask_price!r} {quote.ask_size!r}\n"
        )
        self.count += 1
        if self.quantity and self.count % self.quotes_per_order == 0 and not self.orders():
            self.submit(
                self.side,
                quote.instrument,
                self.quantity,
                time_in_force=TimeInForce(self.time_in_force),
            )
            self.side = self.side.opposite

    def on_trade(self, trade: Trade) -> None:
        self.files[trade.instrument, "trades"].write(
            f"{trade.ts_ns} {trade.price!r} {trade.size!r} {trade.aggressor} {trade.trade_id}\n"
        )

    def on_timer(self, name: str) -> None:
        for file in self.files.values():
            file.flush()
