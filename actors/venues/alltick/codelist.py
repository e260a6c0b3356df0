"""What one list holds: the codes that are wanted, granted and refused, and what to send next. Pure.

The venue refuses a list as a whole and does not say which code it dislikes. So a refused list is halved
until single codes are left: each request holds what was granted before and one group of suspects, so
that data of good codes flows on meanwhile. A list that is too long for the plan is cut, and the number
of codes that the plan takes is found between the longest granted and the shortest refused.
"""

from collections import deque
from collections.abc import Collection, Mapping
from typing import Final

import attrs

REFUSED_MAX: Final = 4_000
"""Refused codes remembered at once; more than two lists of the largest plan hold."""

Levels = Mapping[str, int]
"""Codes in the order they are asked for, with the levels a side that are wanted of each."""


@attrs.frozen
class Refusal:
    """Why a code is left out, and until when."""

    ret: int
    until_ns: int


class CodeList:
    """One list.

    Args:
        codes_max: codes that the plan takes; further ones are not asked for.
        refused_ns: how long a refused code is left out.
    """

    def __init__(self, codes_max: int, refused_ns: int) -> None:
        self._codes_max = codes_max
        self._refused_ns = refused_ns
        self._too_many = 0
        self._wanted: dict[str, int] = {}
        self._granted: dict[str, int] = {}
        self._asked: dict[str, int] = {}
        self._groups: deque[tuple[str, ...]] = deque()
        self._again = False
        self.refused: dict[str, Refusal] = {}
        """Codes that are left out because the venue refused them."""

    # --- what is wanted -----------------------------------------------------------------------

    def want(self, wanted: Levels) -> None:
        """Exactly these codes are wanted. Those that were granted keep their places in front."""
        kept = {code: wanted[code] for code in self._wanted if code in wanted}
        self._wanted = {**kept, **wanted}

    def again(self) -> None:
        """Send the list once more although it was granted."""
        self._again = bool(self._granted)

    def lost(self) -> None:
        """A new connection knows nothing; what was refused is remembered."""
        self._granted, self._asked, self._again = {}, {}, False
        self._groups.clear()

    # --- what to send ---------------------------------------------------------------------------

    def target(self) -> dict[str, int]:
        """What is to be granted in the end: wanted, not refused, not more than the plan takes."""
        served = {code: level for code, level in self._wanted.items() if code not in self.refused}
        if len(served) <= self._codes_max:
            return served
        return dict(list(served.items())[: self._codes_max])

    def left_out(self) -> list[str]:
        """Wanted codes for which the plan has no room."""
        target = self.target()
        return [code for code in self._wanted if code not in target and code not in self.refused]

    @property
    def granted(self) -> Levels:
        """What the venue granted last on this connection."""
        return self._granted

    @property
    def wanted(self) -> Levels:
        """What is wanted."""
        return self._wanted

    @property
    def codes_max(self) -> int:
        """Codes that are asked for at most."""
        return self._codes_max

    def differs(self) -> bool:
        """Whether there is something to send."""
        return self._again or bool(self._groups) or self.target() != self._granted

    def compose(self) -> Levels:
        """The list to send now; empty when everything is to be given back."""
        target = self.target()
        self._sort_groups(target)
        if self._groups:
            group = set(self._groups[0])
            target = {
                code: n for code, n in target.items() if code in self._granted or code in group
            }
        self._asked = target
        return target

    def _sort_groups(self, target: Levels) -> None:
        """Suspects that nobody wants any more go, codes that are new become a group of their own."""
        if not self._groups:
            return
        groups = [tuple(code for code in group if code in target) for group in self._groups]
        known = {code for group in groups for code in group}
        groups.append(tuple(c for c in target if c not in self._granted and c not in known))
        self._groups = deque(group for group in groups if group)

    # --- answers --------------------------------------------------------------------------------

    def grant(self) -> list[str]:
        """The list that was sent is granted; the codes that are new in it."""
        new = [code for code in self._asked if code not in self._granted]
        self._granted = self._asked
        self._again = False
        if self._groups:
            self._groups.popleft()
        self._look_for_room()
        return new

    def refuse_codes(self, ret: int, now_ns: int) -> list[str]:
        """Some code of it is not served; the codes that are known by that to be left out."""
        suspects = self._suspects()
        if self._groups:
            self._groups.popleft()
        if len(suspects) == 1:
            return self._refuse(suspects, ret, now_ns)
        middle = len(suspects) // 2
        self._groups.appendleft(suspects[middle:])
        self._groups.appendleft(suspects[:middle])
        return []

    def refuse_length(self, ret: int, now_ns: int) -> list[str]:
        """The list is too long; the codes that are known by that to be left out."""
        self._groups.clear()
        asked, granted = len(self._asked), len(self._granted)
        if asked <= 1:
            return self._refuse(tuple(self._asked), ret, now_ns)
        self._too_many = asked
        self._codes_max = (granted + asked) // 2 if granted < asked - 1 else asked - 1
        return []

    def expire(self, now_ns: int) -> bool:
        """Codes that were refused long ago may be tried again; whether there are any."""
        over = [code for code, refusal in self.refused.items() if now_ns >= refusal.until_ns]
        for code in over:
            del self.refused[code]
        return bool(over)

    def next_expiry_ns(self) -> int | None:
        """When that is next the case."""
        return min((refusal.until_ns for refusal in self.refused.values()), default=None)

    def _suspects(self) -> tuple[str, ...]:
        suspects = tuple(code for code in self._asked if code not in self._granted)
        if suspects:
            return suspects
        self._granted = {}  # what was granted once is refused now: nothing is above suspicion
        return tuple(self._asked)

    def _refuse(self, codes: Collection[str], ret: int, now_ns: int) -> list[str]:
        if len(self.refused) + len(codes) > REFUSED_MAX:
            self.refused.clear()
        self.refused.update({code: Refusal(ret, now_ns + self._refused_ns) for code in codes})
        return list(codes)

    def _look_for_room(self) -> None:
        """Between what was granted and what was too many the plan's number is not known yet."""
        if self._too_many and len(self._granted) == self._codes_max < self._too_many - 1:
            self._codes_max = (self._codes_max + self._too_many) // 2
