"""What a user may set for the seventh venue."""

from collections.abc import Mapping

import attrs

from ..sixth.settings import Settings as OfTheSixth


@attrs.frozen(kw_only=True)
class Settings(OfTheSixth):
    """`[venues.seventh]`: as of the sixth, with one address for both."""

    def for_simulator(self, endpoints: Mapping[str, str]) -> "Settings":
        """The same towards a simulator."""
        url = f"ws://{endpoints['host']}:{endpoints['port']}"
        return attrs.evolve(self, data_url=url, trade_url=url)
