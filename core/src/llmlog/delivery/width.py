"""How many requests of a lane may be in flight at once, as its backend bears them.

It begins with one. Each round trip that came back as fast as the fastest allows one more; one that
took longer, so that requests must have waited for each other, allows one fewer; a failure halves
it, and makes it wary of where it happened. Now and then it begins from half, to learn how fast the
backend is today. That is the control of congestion of TCP Vegas (Brakmo and Peterson, 1995), with
requests in place of segments.
"""

from __future__ import annotations

from attrs import frozen

from llmlog.clock import Clock

FEW = 1.0
MANY = 2.0
AFRESH = 100
WARY = 4
WARIEST = 64


@frozen
class Flight:
    """A request on its way: the how manieth it is, and when it began (monotonic)."""

    number: int
    began_s: float


class Width:
    """The changing limit, from 1 to `most`. Not locked: its lane does that."""

    def __init__(self, most: int, clock: Clock) -> None:
        self.limit = 1
        self._most = most
        self._clock = clock
        self._begun = 0
        self._since = 0
        self._cut = 0
        self._fastest_s: float | None = None
        self._took: list[float] = []
        self._trips = 0
        self._calm = 0
        self._be_unwary()

    def _be_unwary(self) -> None:
        self._failed_at, self._wary = self._most + 1, WARY

    def begin(self) -> Flight:
        """Note that a request begins."""
        self._begun += 1
        return Flight(self._begun, self._clock.monotonic_s())

    @property
    def begun(self) -> int:
        """Return the number of the last request that began."""
        return self._begun

    def answered(self, flight: Flight, *, alike: bool) -> None:
        """Note an answer to a request; those that are `alike`, as full batches are, count.

        A round trip is over with the first answer to a request that began within it.
        """
        if self._most == 1 or not alike:
            return
        self._took.append(self._clock.monotonic_s() - flight.began_s)
        if flight.number > self._since:
            self._adapt(sum(self._took) / len(self._took))
            self._begin()

    def failed(self, flight: Flight) -> None:
        """Note a request that failed; those that began before the last one say nothing new."""
        if flight.number <= self._cut:
            return
        if self.limit > 1:
            self._failed_at, self._wary = self.limit, min(2 * self._wary, WARIEST)
        else:  # it is down, however many there are
            self._be_unwary()
        self.limit = max(1, self.limit // 2)
        self._cut = self._begun
        self._begin()

    def _begin(self) -> None:
        self._since, self._took = self._begun, []

    def _adapt(self, took_s: float) -> None:
        self._trips += 1
        if self._trips % AFRESH == 0:
            self.limit = max(1, self.limit // 2)
            self._fastest_s = None
            return
        fastest_s = self._fastest_s = min(took_s, self._fastest_s or took_s)
        waiting = self.limit * (1.0 - fastest_s / took_s) if took_s > 0 else 0.0
        if waiting < FEW:
            self._raise()
        elif waiting > MANY + self.limit / 4:
            self.limit -= 1

    def _raise(self) -> None:
        """Allow one more, where one more failed only after some calm round trips."""
        self._calm += 1
        if self.limit + 1 >= self._failed_at and self._calm < self._wary:
            return
        self._calm = 0
        self.limit = min(self._most, self.limit + 1)
        if self.limit > self._failed_at:
            self._be_unwary()
