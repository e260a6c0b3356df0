"""Whether a strategy is being served, and how far its reports were handed to the bus.

Reports go out in the order of their numbers or not at all: what could not be handed over waits in
`reports.Reports` until the strategy's next sign of life. Soft state: what the strategy acknowledged
is recorded once in a while (`is_due`) and when a boot ends, so that a router that dies forgets little.
"""

import attrs

from engine.risk.rates import NS

SEEN_INTERVAL_NS = NS
"""Between two records of what one strategy acknowledged: what a dying router forgets of it."""


@attrs.define(eq=False)
class Delivery:
    """The way of reports to one strategy.

    Attributes:
        is_served: it said hello to this boot of the router, or was heard of after its restart.
        through: number of the last report handed over; reports after it wait while `is_current` is not.
        last: number of the newest report there is.
        stalled: what it had seen at its last sign of life while more was under way.
        told: number of the newest report that any boot of the strategy may have got.
        told_before: what `told` was when its present boot began.
        acknowledged: number through which the strategy has handled all, as far as it was heard.
        recorded_mono_ns: when that was recorded last.
    """

    is_served: bool = False
    through: int = 0
    last: int = 0
    stalled: int = -1
    told: int = 0
    told_before: int = 0
    acknowledged: int = 0
    recorded_mono_ns: int = -SEEN_INTERVAL_NS

    @property
    def is_current(self) -> bool:
        """Whether everything there is was handed over."""
        return self.is_served and self.through == self.last

    def takes(self, number: int) -> bool:
        """Note that report `number` exists; whether it may be handed over now."""
        current, self.last = self.is_current, number
        if current:
            self.hand_over(number)
        return current

    def hand_over(self, number: int) -> None:
        """Report `number` goes to the bus now."""
        self.through = number
        self.told = max(self.told, number)

    def serve(self, through: int, last: int) -> None:
        """Begin (again) after report `through` of `last`."""
        self.is_served, self.through, self.last, self.stalled = True, through, last, -1

    def acknowledge(self, through: int) -> None:
        """The strategy has handled everything up to `through`."""
        self.acknowledged = max(self.acknowledged, through)
        self.told = max(self.told, through)

    def is_due(self, recorded: int, now_mono_ns: int) -> bool:
        """Whether more than the `recorded` was acknowledged, and long enough ago was the last record."""
        waited_ns = now_mono_ns - self.recorded_mono_ns
        return self.acknowledged > recorded and waited_ns >= SEEN_INTERVAL_NS

    def refused(self, number: int) -> None:
        """The bus did not take report `number`."""
        self.through = min(self.through, number - 1)

    def lags(self, seen: int) -> bool:
        """Note a sign of life; whether reports must be sent (again) after `seen`.

        Nothing seen since the last sign of life, while more was handed over: it was lost.
        """
        if self.through > seen and self.stalled == seen:
            self.through = seen
        self.stalled = seen
        return self.through < self.last
