"""How many requests of a lane may be in flight at once, as its backend bears them.

It begins with one. Each round trip that came back as fast as the fastest allows one more; one that
took longer, so that requests must have waited for each other, allows one fewer; a failure halves
it. Now and then it begins from half, to learn how fast the backend is today. That is the control
of congestion of TCP Vegas (Brakmo and Peterson, 1995), with requests in place of segments.
"""

from __future__ import annotations

from llmlog.clock import Clock

FEW = 1.0
MANY = 2.0
AFRESH = 100


class Width:
    """The changing limit, from 1 to `most`. Not locked: its lane does that."""

    def __init__(self, most: int, clock: Clock) -> None:
        self.limit = 1
        self._most = most
        self._clock = clock
        self._since_s = clock.monotonic_s()
        self._fastest_s: float | None = None
        self._took: list[float] = []
        self._trips = 0

    def answered(self, began_s: float, *, alike: bool) -> None:
        """Note an answer to a request; those that are `alike`, as full batches are, count.

        A round trip is over with the first answer to a request that began within it.
        """
        now_s = self._clock.monotonic_s()
        if self._most == 1 or not alike:
            return
        self._took.append(now_s - began_s)
        if began_s >= self._since_s:
            self._adapt(sum(self._took) / len(self._took))
            self._begin(now_s)

    def failed(self, began_s: float) -> None:
        """Note a request that failed; those that began before the last change say nothing new."""
        if began_s >= self._since_s:
            self.limit = max(1, self.limit // 2)
            self._begin(self._clock.monotonic_s())

    def _begin(self, now_s: float) -> None:
        self._since_s = now_s
        self._took = []

    def _adapt(self, took_s: float) -> None:
        self._trips += 1
        if self._trips % AFRESH == 0:
            self.limit = max(1, self.limit // 2)
            self._fastest_s = None
            return
        fastest_s = self._fastest_s = min(took_s, self._fastest_s or took_s)
        waiting = self.limit * (1.0 - fastest_s / took_s) if took_s > 0 else 0.0
        if waiting < FEW:
            self.limit = min(self._most, self.limit + 1)
        elif waiting > MANY + self.limit / 4:
            self.limit -= 1
