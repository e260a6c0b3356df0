"""The symbol map of a strategy: which instrument it trades for one that it only watches. Pure.

Prices of twins are compared by the strategy, so both must be in the same currency and of the same kind
of thing; nothing is converted. Quantities are each instrument's own and are not compared.
"""

from collections.abc import Iterator, Mapping

import attrs

from engine.model.instrument import AssetClass, Instrument

_SAME_KIND: Mapping[AssetClass, str] = {
    AssetClass.CRYPTO_PERPETUAL: "crypto",
    AssetClass.CRYPTO_SPOT: "crypto",
}
"""A coin and the perpetual on it have the same price but for the basis; shares and futures have not."""


@attrs.frozen
class Twins:
    """What is traded for what is watched.

    Attributes:
        traded: id of the traded instrument by that of the watched one.
    """

    traded: Mapping[str, str] = attrs.field(factory=dict)

    def of(self, instrument: str) -> str:
        """The instrument to trade: the twin, or the instrument itself where it has none."""
        return self.traded.get(instrument, instrument)

    def mismatches(self, definitions: Mapping[str, Instrument]) -> Iterator[str]:
        """One sentence for each pair that is none, of those whose definitions are both known."""
        for watched, traded in self.traded.items():
            one, other = definitions.get(watched), definitions.get(traded)
            if one is None or other is None:
                continue
            for what, mine, theirs in (
                ("prices in", one.currency, other.currency),
                ("asset class", _kind(one.asset_class), _kind(other.asset_class)),
            ):
                if mine != theirs:
                    yield (
                        f"{watched} has {what} {mine}, its twin {traded} {theirs}: "
                        "nothing is converted, correct the strategy's twins"
                    )


def _kind(asset_class: AssetClass) -> str:
    return _SAME_KIND.get(asset_class, asset_class.value)
