"""What a user may set on the trading side of the simulator; `SimulatorSettings` carries these too."""

import attrs


@attrs.frozen(kw_only=True)
class TradeSettings:
    """Knobs of accounts, orders and their pace."""
