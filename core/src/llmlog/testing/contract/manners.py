"""Manners: what holds for everything that takes records, wherever it brings them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from llmlog.delivery.stats import LaneStats
from llmlog.logger import Logger
from llmlog.schema import to_json
from llmlog.testing.bad_input import bad_input
from llmlog.testing.contract.canary import awkward
from llmlog.testing.contract.plugin import PluginContract, lane_stats
from llmlog.testing.samples import SAMPLES, sample

FAILED = tuple(name for name in SAMPLES if sample(name).failed)


class MannersContract(PluginContract):
    """What a plugin that takes records promises beside that."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> str:
        """Return what stands for `{url}`: a folder of the test's own."""
        return str(tmp_path)

    def test_every_sample_is_delivered(self, place: str) -> None:
        """Each kind of record arrives, and the account balances."""
        with self.logger(place) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.accepted, stats.balanced) == (len(SAMPLES), True)
        assert (stats.delivered, stats.lost) == (len(SAMPLES), 0), stats.last_error

    def test_awkward_payloads_are_delivered(self, place: str) -> None:
        """Odd texts, deep values and long conversations arrive like any other."""
        payloads = list(awkward())
        with self.logger(place) as logger:
            for payload in payloads:
                logger.log(payload)
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost) == (len(payloads), 0), stats.last_error

    def test_bad_input_harms_nobody(self, place: str) -> None:
        """Whatever a call is given, nothing raises, it arrives, and so do the records beside it."""
        with self.logger(place, batch_age_s=0.2) as logger:
            for number, each in enumerate(bad_input(), 1):
                with logger.call(**each.fields) as call:
                    call.finish(each.response)
                logger.log(evolve(sample(), id=f"01a196fb-1600-7000-a000-{number:012x}"))
            assert logger.flush(60).complete
            stats = self.stats(logger)
        assert (stats.accepted, stats.balanced) == (2 * number, True)
        assert (stats.delivered, stats.lost) == (2 * number, 0), stats.last_error

    def test_a_payload_stays_as_it_was(self, place: str) -> None:
        """Nothing that a payload holds is changed on the way."""
        payloads = [sample(name) for name in SAMPLES]
        with self.logger(place) as logger:
            for payload in payloads:
                logger.log(payload)
            assert logger.flush(20).complete
        for name, payload in zip(SAMPLES, payloads, strict=True):
            assert to_json(payload) == to_json(sample(name))

    def test_it_can_be_limited_to_failures(self, place: str) -> None:
        """With `events = ["failure"]` it gets what failed, was aborted or blocked, and no more."""
        with self.logger(place, events=["failure"]) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.accepted, stats.delivered) == (len(FAILED), len(FAILED))

    def test_sampling_keeps_every_failure(self, place: str) -> None:
        """With `sample = 0` no success is sent, and every failure is."""
        with self.logger(place, sample=0.0) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.accepted, stats.delivered) == (len(FAILED), len(FAILED))

    def test_close_delivers_what_is_pending(self, place: str) -> None:
        """What waits for a batch to fill goes out at the end."""
        logger = self.logger(place, batch_age_s=600.0)
        logger.log(sample())
        logger.close(20)
        stats = self.stats(logger)
        assert (stats.delivered, stats.pending) == (1, 0), stats.last_error

    def test_close_is_final(self, place: str) -> None:
        """After the end nothing is taken, and that is counted."""
        logger = self.logger(place)
        logger.close(5)
        logger.log(sample())
        assert logger.flush(5).complete
        intake, *_ = logger.stats()
        assert (intake.lost, self.stats(logger).accepted) == (1, 0)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_a_forked_child_starts_empty_and_lives(self, place: str) -> None:
        """After a fork the parent keeps its records; the child delivers its own, and only those."""
        with self.logger(place, batch_age_s=600.0) as logger:
            logger.log(sample("chat"))
            wait_until(lambda: self.stats(logger).accepted == 1)
            assert in_child(lambda: self._child_lives(logger)) == 0
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.accepted, stats.delivered, stats.lost) == (1, 1, 0)

    def _child_lives(self, logger: Logger) -> bool:
        logger.log(sample("failure"))
        complete = logger.flush(10).complete
        stats = self.stats(logger)
        return complete and (stats.accepted, stats.delivered, stats.lost) == (1, 1, 0)


def wait_until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait until a condition holds; raise `TimeoutError` otherwise."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end_s:
            message = f"still not so after {timeout_s} s"
            raise TimeoutError(message)
        time.sleep(0.002)


def in_child(work: Callable[[], bool], timeout_s: float = 20.0) -> int:
    """Fork, do the work in the child; return 0 if it is true there, and kill it when it hangs."""
    child = os.fork()
    if child == 0:
        status = 2
        try:
            status = 0 if work() else 1
        finally:
            os._exit(status)
    end_s = time.monotonic() + timeout_s
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > end_s:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return -1
        time.sleep(0.002)
    return os.waitstatus_to_exitcode(done[1])


def complaint(logger: Logger) -> LaneStats:
    """Return the account of a Logger's only lane as soon as that has something to complain of."""
    wait_until(lambda: lane_stats(logger).last_error is not None)
    return lane_stats(logger)
