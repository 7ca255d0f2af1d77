"""Servers that speak no HTTP, and that come back on the same port after they were killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import httpx
from attrs import evolve

from llmlog import Logger, Payload
from llmlog.delivery.stats import LaneStats
from llmlog.schema import from_dict, from_json
from llmlog.testing import sample
from servers.absence import last_line, unavailable
from servers.process import HOST, KEPT_VARIABLES, STOP_SECONDS, Launch, free_ports
from servers.waiting import PAUSE_SECONDS, eventually


def accepts(port: int) -> None:
    """Raise OSError unless somebody listens on a port."""
    socket.create_connection((HOST, port), timeout=1).close()


class Service:
    """A server on loopback, with its files in `folder`.

    `command` and `env` may name `{folder}` and each of its `ports`, the first of which is `port`.
    `answers(port)` raises OSError while the server is not ready. `user` is who runs it, where the
    tests are run by root.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        answers: Callable[[int], object] = accepts,
        user: str | None = None,
        seconds: float = 60.0,
        ports: Mapping[str, int] | None = None,
    ) -> None:
        self.ports = dict(ports or free_ports(("port",)))
        self.port = next(iter(self.ports.values()))
        values = {"folder": folder, **self.ports}
        self.name = name
        self.folder = folder
        self._command = [str(part).format_map(values) for part in command]
        self._env = {key: text.format_map(values) for key, text in (env or {}).items()}
        self._answers = answers
        self._user = user if os.geteuid() == 0 else None
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def of(cls, launch: Launch, folder: Path) -> Service:
        """Return a server that is started as a `Launch` says."""

        def answers(port: int) -> None:
            url = f"http://{HOST}:{port}{launch.ready}"
            try:
                httpx.get(url, timeout=5, trust_env=False).raise_for_status()
            except httpx.HTTPError as problem:
                raise ConnectionRefusedError from problem

        return cls(launch.name, launch.command, folder, env=launch.env, answers=answers,
                   seconds=launch.seconds, ports=free_ports(launch.ports))  # fmt: skip

    @property
    def url(self) -> str:
        """Where it speaks HTTP, if it does."""
        return self.endpoint()

    def endpoint(self, port: str = "http") -> str:
        """Return the URL of one port; of the first one if none has the name."""
        return f"http://{HOST}:{self.ports.get(port, self.port)}"

    def start(self) -> None:
        """Start it and wait until it answers; one that ends is started again until time is up."""
        deadline = time.monotonic() + self._seconds
        while not self._ready():
            if self._process is None or self._process.poll() is not None:
                self._process = self._spawn()
            if time.monotonic() > deadline:
                self.kill()
                unavailable(self.name, f"not ready: {last_line(self.folder / 'server.log')}")
            time.sleep(PAUSE_SECONDS)

    def _ready(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            return False
        try:
            self._answers(self.port)
        except OSError:
            return False
        return True

    def _spawn(self) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=kept | self._env,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, then kill it."""
        self._signal(signal.SIGTERM)
        self.kill()

    def _signal(self, number: int) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)


class Mortal(Protocol):
    """What can be killed and started again."""

    def start(self) -> None:
        """Start it, and wait until it answers."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """Start a service, and stop it at the end."""
    try:
        service.start()
        yield service
    finally:
        service.stop()


def numbered(number: int) -> Payload:
    """Return a call of its own for each number."""
    return evolve(sample(), id=f"01a196fb-1600-7000-c000-{number:012x}", span_id=f"c{number:015x}")


def log_through_a_kill(
    logger: Logger, service: Mortal, count: int = 400, call: Callable[[int], Payload] = numbered
) -> list[str]:
    """Log `count` calls while the server is killed and started again; return their ids.

    The account balances at each moment, and everything is delivered in the end.
    """
    for number in range(count):
        logger.log(call(number))
        if number == count // 4:
            eventually(lambda: logger.stats()[-1].delivered, seconds=30)
            service.kill()
        if number == count // 2:
            account = eventually(lambda: logger.stats()[-1], _waits, seconds=60)
            assert account.balanced
            service.start()
    assert logger.flush(120).complete, logger.stats()
    account = logger.stats()[-1]
    assert (account.accepted, account.delivered, account.lost) == (count, count, 0)
    assert account.balanced
    assert account.retried
    return [call(number).id for number in range(count)]


def _waits(account: LaneStats) -> bool:
    return bool(account.pending and account.last_error)


def read_back(content: bytes | str | Mapping[str, Any]) -> Payload:
    """Read a record that was stored, without the facts that a Logger adds to one."""
    found = from_dict(content) if isinstance(content, Mapping) else from_json(content)
    return evolve(found, host_name=None, sdk_version=None)


def logged(name: str) -> Payload:
    """Return a sample as `read_back` has it."""
    return evolve(sample(name), host_name=None, sdk_version=None)
