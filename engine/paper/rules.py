"""How the paper venue treats orders: latency and fees, as pure functions of its rules."""

import zlib
from collections.abc import Mapping
from decimal import Decimal

import attrs

from engine.model.enums import Liquidity
from engine.model.instrument import Instrument

NS_PER_MS = 1_000_000


@attrs.frozen(kw_only=True)
class PaperRules:
    """Knobs of the paper venue; fee rates of None are the instrument's own."""

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

    def fee(self, instrument: Instrument, liquidity: Liquidity, notional: Decimal) -> Decimal:
        """Fee of a fill, positive when paid, in the instrument's currency."""
        if liquidity is Liquidity.MAKER:
            rate = instrument.maker_fee_rate if self.maker_fee_rate is None else self.maker_fee_rate
        else:
            rate = instrument.taker_fee_rate if self.taker_fee_rate is None else self.taker_fee_rate
        return abs(notional) * rate
