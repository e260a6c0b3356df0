"""Names of the feeds that market data comes over: one per venue, or several for a venue that needs them. Pure.

The only feed of a venue is called like the venue (`wooxpro`); one of several has a name of its own
behind it (`alltick.stock`). The name stands in the process (`alltick.stock.data`), its endpoints
(`market.alltick.stock`) and, in capitals, in what the session says of itself (`MarketStatus`).
"""

from collections.abc import Mapping

import attrs

from engine.model.instrument import venue_of


def feed_id_of(venue: str, feed: str) -> str:
    """`alltick` and `stock` make `alltick.stock`; a venue's only feed has no name of its own."""
    return f"{venue}.{feed}" if feed else venue


@attrs.frozen
class FeedMap:
    """Which feed serves an instrument.

    Attributes:
        named: feed id by instrument, for instruments of venues with several feeds; all others come
            over the only feed of their venue.
    """

    named: Mapping[str, str] = attrs.field(factory=dict)

    def of(self, instrument: str) -> str:
        """The feed id: `wooxpro`, or `alltick.stock`."""
        return self.named.get(instrument) or venue_of(instrument)
