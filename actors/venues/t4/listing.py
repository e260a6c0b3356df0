"""Which markets there are: asked of REST for the contracts in the settings, after the first login.

Written as a job (`engine.session.jobs`): it reads from top to bottom and is driven by the market desk.
Whatever fails for the moment is asked again, more and more slowly; what the venue refuses, or does not
have, is told once with what can be done about it. Nothing here reads a market's id.
"""

from collections.abc import Generator, Mapping
from typing import Any, Final

from actors.venues.t4 import wire
from actors.venues.t4.details import Details
from actors.venues.t4.rest import Answer, Path, Rest
from actors.venues.t4.settings import Settings
from engine.errors import RemoteProtocolError
from engine.session.contract import Note, Now
from engine.session.jobs import Job, Pause, Step
from engine.session.values import objects, shorten

ROWS_MAX: Final = 20_000
"""Rows of one answer; the venue has some thousand contracts."""
GROUPS_MAX: Final = 200
"""Groups of markets of one contract that are asked for."""
RETRY_S_MAX: Final = 30.0
ALERT_AFTER_FAILURES: Final = 3
"""One failure is a flake; three in a row keep the session from working."""
NAMED_MAX: Final = 12
"""Names shown to a person who has to choose one."""
OUTRIGHT: Final = "None"
"""The venue's word for a market that is no spread; such groups have no expiry."""

Lookup = Generator[Step, Any, Any]
"""Yields calls and pauses as a job does; returns what was found."""


class MarketSearch:
    """One look through the contracts of the settings.

    Args:
        settings: contracts, and which kinds of markets.
        rest: makes the calls.
        details: where markets are listed.

    Attributes:
        now: the moment of the last answer.
    """

    def __init__(self, settings: Settings, rest: Rest, details: Details) -> None:
        self._contracts = settings.contracts
        self._strategies = settings.strategies
        self._rest = rest
        self._details = details
        self.now = Now(0, 0)
        self._notes: list[object] = []

    def notes(self) -> list[object]:
        """What is to be told since the last call; a search may take long while the venue is down."""
        taken, self._notes = self._notes, []
        return taken

    def job(self, now: Now) -> Job:
        """List all markets."""
        self.now = now
        names: dict[str, list[str]] = {}
        known = _names((yield from self._rows(Path.EXCHANGES, {})), "exchangeId")
        for path in self._contracts:
            exchange_id, contract_id = path.split("/", 1)
            if known and exchange_id not in known:
                self._notes.append(_unknown("exchange", exchange_id, known))
                continue
            if exchange_id not in names:
                rows = yield from self._rows(Path.CONTRACTS, {"exchangeid": exchange_id})
                names[exchange_id] = _names(rows, "contractID")
            if names[exchange_id] and contract_id not in names[exchange_id]:
                what = f"contract of {exchange_id}"
                self._notes.append(_unknown(what, contract_id, names[exchange_id]))
                continue
            yield from self._contract(exchange_id, contract_id)
        return []

    def _contract(self, exchange_id: str, contract_id: str) -> Lookup:
        contract = {"exchangeid": exchange_id, "contractid": contract_id}
        groups = yield from self._rows(Path.GROUPS, contract)
        wanted = [row for row in groups if row.get("strategyType") in self._strategies]
        found: list[str] = []
        for group in wanted[:GROUPS_MAX]:
            query = {**contract, "strategytype": group["strategyType"]}
            expiry = group.get("expiryDate")
            if group["strategyType"] != OUTRIGHT and type(expiry) in (int, str):
                query["expirydate"] = str(expiry)[: wire.ID_CHARS_MAX]
            found += _names((yield from self._rows(Path.PICKER, query)), "marketID")
        answer = yield from self._ask(Path.FIRST_MARKET, contract)
        first = _names([answer.data] if type(answer.data) is dict else [], "marketID")
        # The front month is the name that a configuration mostly wants: a person should see it.
        self._notes += [Note("front_market", f"{exchange_id}/{contract_id}: {m}") for m in first]
        for market_id in found + first:
            if self._details.list_market(exchange_id, contract_id, market_id) is None:
                self._notes.append(Note("markets_left_out", f"too many: {market_id} …", alert=True))
                return

    def _rows(self, path: Path, query: Mapping[str, str]) -> Lookup:
        """The objects of an array, none where the venue refuses or sends something else."""
        answer = yield from self._ask(path, query)
        if not answer.ok:
            return []
        try:
            return objects(answer.data, path.value, ROWS_MAX)
        except RemoteProtocolError as error:
            self._notes.append(Note("market_list_unusable", str(error), alert=True))
            return []

    def _ask(self, path: Path, query: Mapping[str, str]) -> Lookup:
        """One question, repeated until the venue says something final."""
        failures = 0
        while True:
            answers, self.now = yield (self._rest.get(path, query, self.now),)
            answer: Answer = answers[0]
            if answer.ok:
                return answer
            failed = Note("market_list_failed", f"{path.value}: {answer.text}", alert=True)
            if answer.final:
                self._notes.append(failed)
                return answer
            failures += 1
            if failures == ALERT_AFTER_FAILURES:
                self._notes.append(failed)
            _, self.now = yield Pause(min(2.0 ** (failures - 1), RETRY_S_MAX))


def _names(rows: list[Mapping[str, Any]], field: str) -> list[str]:
    """What is named so in these rows; rows without a name that can be are left out."""
    found = [row.get(field) for row in rows]
    return [name for name in found if type(name) is str and wire.is_identifier(name)]


def _unknown(what: str, name: str, known: list[str]) -> Note:
    alike = [each for each in known if each.lower().startswith(name[:2].lower())] or known
    shown = ", ".join(alike[:NAMED_MAX])
    detail = f"there is no {what} {shorten(name)}: correct venues.t4.contracts; there are {shown}"
    return Note("contract_unknown", detail, alert=True)
