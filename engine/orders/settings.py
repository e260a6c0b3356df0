"""What the router is told at its start: sessions, strategies, limits and its patience."""

from collections.abc import Mapping

import attrs

from engine.model.enums import Mode, OnDeath, TradingStateWord
from engine.risk.limits import RiskSettings
from engine.session.declaration import Capabilities

OPERATOR_OWNER = "operator"
"""Owner of orders placed or claimed by hand; no strategy may have this name."""

GRACE_S = 30.0
"""How long a strategy may be gone before its policy applies: a restart takes some seconds, also the
third in a row."""


@attrs.frozen(kw_only=True)
class TradeSession:
    """A session (or paper venue) that takes orders: where, in which mode, and what it can do.

    `claim_external` is the owner that strangers' orders are given to as they are found; empty: nobody.
    `unexplained` is the kill switch's level for the account when the venue's word differs from ours
    and nobody can say why; the account is blocked in any case.
    """

    venue: str
    mode: Mode
    capabilities: Capabilities
    claim_external: str = ""
    unexplained: TradingStateWord = TradingStateWord.ACTIVE

    @property
    def account(self) -> str:
        """Name of the account behind it: `wooxpro.paper`."""
        return f"{self.venue}.{self.mode}"


@attrs.frozen(kw_only=True)
class StrategyRights:
    """What a strategy may do: instruments it may trade, and whether with real money.

    `on_death` says what becomes of its orders once it has been gone for `grace_s`.
    """

    instruments: tuple[str, ...]
    mode: Mode
    on_death: OnDeath = OnDeath.KEEP
    grace_s: float = GRACE_S


@attrs.frozen(kw_only=True)
class RouterSettings:
    """Everything the router's core needs to know.

    Attributes:
        mode: of the engine; a live engine may have strategies and sessions on paper as well.
        trade_sessions: by actor name (`wooxpro.trade`, `paper.wooxpro`).
        data_sessions: venue by actor name (`wooxpro.data`): they define instruments and references.
        strategies: by name.
        risk: the limits.
        expiry_s: a command that is not with the venue by then is not sent any more.
        horizon_s_min: no order is given up before this time after its last request.
        query_interval_s: between two questions about an order in doubt.
        reconcile_interval_s: between two comparisons with a venue while all is well.
        reconcile_timeout_s: without the last part by then, the comparison has failed.
        session_silence_s_max: a session that says nothing for so long counts as disconnected.
        cancel_repeat_s: between two cancels of the same order while the kill switch is at killed.
        cancel_zombies: whether an order that comes back from the dead is cancelled.
        console_silence_s_max: everything is killed when the operator's console has not said that it
            is alive for so long, counted from the start; 0 waits for no console.
    """

    mode: Mode
    trade_sessions: Mapping[str, TradeSession]
    data_sessions: Mapping[str, str]
    strategies: Mapping[str, StrategyRights]
    risk: RiskSettings = attrs.field(factory=RiskSettings)
    expiry_s: float = 2.0
    horizon_s_min: float = 30.0
    query_interval_s: float = 5.0
    reconcile_interval_s: float = 30.0
    reconcile_timeout_s: float = 20.0
    session_silence_s_max: float = 3.0
    cancel_repeat_s: float = 2.0
    cancel_zombies: bool = True
    console_silence_s_max: float = 0.0
