"""The account of what was logged to one plugin."""

from __future__ import annotations

from llmlog import Logger
from llmlog.delivery.stats import LaneStats
from llmlog.testing import sample
from servers.waiting import eventually


def log(made: Logger, *names: str, seconds: float = 60) -> LaneStats:
    """Log samples and close the Logger; return the account once everything has its end."""
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(seconds).complete, made.stats()
        return made.stats()[-1]


def waits(made: Logger) -> LaneStats:
    """Log one sample that is not taken, and return the account: it is pending, and not lost."""
    made.log(sample())
    made.flush(0.1)
    account = eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=60)
    made.close(0)
    assert (account.pending, account.lost) == (1, 0)
    return account
