"""Whether a strategy is being served, and how far its reports were handed to the bus.

Reports go out in the order of their numbers or not at all: what could not be handed over waits in
`reports.Reports` until the strategy's next sign of life. Soft state.
"""

import attrs


@attrs.define(eq=False)
class Delivery:
    """The way of reports to one strategy.

    Attributes:
        is_served: it said hello to this boot of the router, or was heard of after its restart.
        through: number of the last report handed over; reports after it wait while `is_current` is not.
        last: number of the newest report there is.
        stalled: what it had seen at its last sign of life while more was under way.
    """

    is_served: bool = False
    through: int = 0
    last: int = 0
    stalled: int = -1

    @property
    def is_current(self) -> bool:
        """Whether everything there is was handed over."""
        return self.is_served and self.through == self.last

    def takes(self, number: int) -> bool:
        """Note that report `number` exists; whether it may be handed over now."""
        current, self.last = self.is_current, number
        if current:
            self.through = number
        return current

    def serve(self, through: int, last: int) -> None:
        """Begin (again) after report `through` of `last`."""
        self.is_served, self.through, self.last, self.stalled = True, through, last, -1

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
