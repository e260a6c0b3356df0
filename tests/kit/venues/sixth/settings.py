"""What a user may set for the sixth venue."""

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class Settings:
    """`[venues.sixth]`.

    Attributes:
        data_url: of market data.
        trade_url: of orders.
        ping_interval_s: a ping goes out after so much silence; twice as much is death.
        answer_within_s: longest wait for the answer to a login, subscription or order.
        quiet_s: a symbol that is silent for longer is doubted and watched anew.
    """

    data_url: str = "wss://sixth.invalid/data"
    trade_url: str = "wss://sixth.invalid/trade"
    ping_interval_s: float = 5.0
    answer_within_s: float = 5.0
    quiet_s: float = 10.0

    def for_simulator(self, endpoints: Mapping[str, str]) -> "Settings":
        """The same towards a simulator."""
        return attrs.evolve(self, data_url=endpoints["data_ws"], trade_url=endpoints["trade_ws"])
