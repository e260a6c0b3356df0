"""How the paper venue treats orders: latency and fees, as pure functions of its rules."""

import zlib
from collections.abc import Mapping
from decimal import Decimal

import attrs

from engine.model.enums import Liquidity
from engine.model.instrument import Instrument
from engine.orders.exact import multiply, shown, value_of

NS_PER_MS = 1_000_000


@attrs.frozen(kw_only=True)
class PaperRules:
    """Knobs of the paper venue.

    Attributes:
        latency_ms: time from a request's arrival to its effect.
        latency_jitter_ms: up to so much more, by a hash of the request and `seed`.
        maker_fee_rate: part of the notional, negative for a rebate; None for the instrument's own.
        taker_fee_rate: the same for takers.
        cash: what the account began with, per currency.
    """

    latency_ms: float = 5.0
    latency_jitter_ms: float = 0.0
    seed: int = 1
    maker_fee_rate: Decimal | None = None
    taker_fee_rate: Decimal | None = None
    cash: Mapping[str, Decimal] = attrs.field(factory=dict)

    def delay_ns(self, key: str) -> int:
        """How long the request named `key` is on its way: the same for the same seed and key.

        A hash instead of a generator: no state to recover, no order to keep.
        """
        part = zlib.crc32(f"{self.seed}:{key}".encode()) / 2**32
        return int((self.latency_ms + self.latency_jitter_ms * part) * NS_PER_MS)

    def fee(
        self, instrument: Instrument, liquidity: Liquidity, price: Decimal, quantity: Decimal
    ) -> Decimal:
        """Fee of a fill in the instrument's currency, positive when paid, rounded as it is shown.

        What is charged is what is told: a venue books no amounts that its statements cannot show.
        """
        if liquidity is Liquidity.MAKER:
            rate = instrument.maker_fee_rate if self.maker_fee_rate is None else self.maker_fee_rate
        else:
            rate = instrument.taker_fee_rate if self.taker_fee_rate is None else self.taker_fee_rate
        return shown(multiply(abs(value_of(price, quantity, instrument.multiplier)), rate))
