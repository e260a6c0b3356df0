"""Limits set for a time by a person, laid over those of the configuration. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from engine.errors import ConfigError
from engine.orders.records import LimitChanged
from engine.risk.limits import NO_LIMITS, Limits, RiskSettings
from engine.settings.converter import plain_values, structure

DEFAULTS = "defaults"
SECTIONS = (DEFAULTS, "venues", "accounts", "instruments", "strategies")
LIMIT_NAMES = tuple(attrs.fields_dict(Limits))


def limit_of(section: Limits, name: str) -> str:
    """A section's limit as JSON; `null` where it says none."""
    return json.dumps(plain_values(getattr(section, name)), sort_keys=True)


def section_of(risk: RiskSettings, section: str, name: str) -> Limits:
    """The limits of one section; none where the configuration has no such section."""
    if section == DEFAULTS:
        return risk.defaults
    named: Mapping[str, Limits] = getattr(risk, section)
    return named.get(name, NO_LIMITS)


def parsed(limit: str, value: object) -> Any:
    """A value as the limit of this name; ConfigError says what is wrong with it."""
    return getattr(structure({limit: value}, Limits, path="limits"), limit)


def with_limit(risk: RiskSettings, section: str, name: str, limit: str, value: Any) -> RiskSettings:
    """The same settings with one limit of one section replaced."""
    made = attrs.evolve(section_of(risk, section, name), **{limit: value})
    if section == DEFAULTS:
        return attrs.evolve(risk, defaults=made)
    sections: dict[str, Any] = {section: {**getattr(risk, section), name: made}}
    return attrs.evolve(risk, **sections)


def changed(risk: RiskSettings, changes: Iterable[LimitChanged]) -> RiskSettings:
    """The settings with all changes that can be laid over them; see `cannot_be_kept` for the others."""
    for change in changes:
        if not cannot_be_kept(change):
            value = parsed(change.limit, json.loads(change.value))
            risk = with_limit(risk, change.section, change.name, change.limit, value)
    return risk


def cannot_be_kept(change: LimitChanged) -> str:
    """Why a change of an older release means nothing in this one; empty when it does."""
    if change.section not in SECTIONS or change.limit not in LIMIT_NAMES:
        return f"there is no limit {change.section} {change.limit}"
    try:
        parsed(change.limit, json.loads(change.value))
    except (ConfigError, ValueError) as error:
        return str(error)
    return ""
