"""The kill switch: how much trading is let through, by scope. Pure; the journal keeps its moves.

Levels only differ in how much they stop: `reducing` lets through what makes a position smaller,
`halted` no new orders and no changes, `killed` is halted and everything open is cancelled. Cancels
pass at every level. Anything may raise a level; only a person lowers one (`is_stricter`).
"""

from collections.abc import Iterator, Mapping

import attrs

from engine.model.enums import TradingStateWord

ENGINE_SCOPE = "engine"

_SEVERITY: Mapping[TradingStateWord, int] = {
    TradingStateWord.ACTIVE: 0,
    TradingStateWord.REDUCING: 1,
    TradingStateWord.HALTED: 2,
    TradingStateWord.KILLED: 3,
}


def venue_scope(venue: str) -> str:
    """The scope of all trading on one venue."""
    return f"venue:{venue}"


def account_scope(account: str) -> str:
    """The scope of all trading on one account; a venue may have one live and one on paper."""
    return f"account:{account}"


def strategy_scope(strategy: str) -> str:
    """The scope of one strategy's trading."""
    return f"strategy:{strategy}"


def severity(level: TradingStateWord) -> int:
    """Higher stops more."""
    return _SEVERITY[level]


@attrs.frozen(kw_only=True)
class Setting:
    """A scope that is not active: its level, who set it, why and when."""

    level: TradingStateWord
    by: str
    reason: str
    ts_ns: int


class KillSwitch:
    """The levels of all scopes; what is not mentioned is active."""

    __slots__ = ("_settings",)

    def __init__(self) -> None:
        self._settings: dict[str, Setting] = {}

    def move(self, scope: str, setting: Setting) -> None:
        """Set one scope, whatever it was."""
        if setting.level is TradingStateWord.ACTIVE:
            self._settings.pop(scope, None)
        else:
            self._settings[scope] = setting

    def level_of(self, scope: str) -> TradingStateWord:
        """The level of exactly this scope."""
        setting = self._settings.get(scope)
        return TradingStateWord.ACTIVE if setting is None else setting.level

    def overlaid(self, settings: Mapping[str, Setting]) -> "KillSwitch":
        """The same levels with these scopes set as well; this one stays as it is."""
        made = KillSwitch()
        made._settings = {**self._settings, **settings}
        return made

    def setting_for(self, venue: str, strategy: str, account: str) -> Setting | None:
        """The strictest setting that covers orders of `strategy` on `venue` for `account`.

        None when active. An empty name stands for none: `setting_for("", "x", "")` looks at engine and
        strategy only.
        """
        if not self._settings:
            return None
        scopes = (
            ENGINE_SCOPE,
            venue_scope(venue),
            account_scope(account),
            strategy_scope(strategy),
        )
        found = [self._settings[scope] for scope in scopes if scope in self._settings]
        return max(found, key=lambda setting: severity(setting.level), default=None)

    def level_for(self, venue: str, strategy: str, account: str) -> TradingStateWord:
        """The strictest level that covers orders of `strategy` on `venue` for `account`."""
        setting = self.setting_for(venue, strategy, account)
        return TradingStateWord.ACTIVE if setting is None else setting.level

    def __bool__(self) -> bool:
        return bool(self._settings)

    def __iter__(self) -> Iterator[tuple[str, Setting]]:
        return iter(sorted(self._settings.items()))


def is_stricter(wanted: TradingStateWord, current: TradingStateWord) -> bool:
    """Whether the change stops more: that may be done by anybody, all else by a person only."""
    return severity(wanted) > severity(current)
