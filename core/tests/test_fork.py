"""Forks under load: nothing doubled, nothing lost, no one stuck.

`LLMLOG_NIGHTLY=1` makes a thousand forks of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from llmlog.testing import ScriptedEndpoint

FORKS = 334 if os.environ.get("LLMLOG_NIGHTLY") else 12

DRIVER = """
import os, random, select, sys, threading, time
from attrs import frozen
from llmlog import HTTPExporter, Limits, Request, env
from llmlog.logger import Logger

url, mode, forks, directory = sys.argv[1:]

@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")

exporter = HTTPExporter(name="example", settings=Settings, limits=Limits(events=20, age_s=0.02),
    encode=lambda settings, batch: Request.json(settings.url, [p.request_model for p in batch]))
logger = Logger(plugins=[exporter], environ={"EXAMPLE_URL": url}, file=False, mode=mode,
                directory=directory)
chance, stopping, logged = random.Random(1), threading.Event(), []

def log(name):
    with logger.call(model=name) as call:
        call.finish("x")

def load(number):
    count = 0
    while not stopping.wait(0.01):
        log(f"parent-{number}-{count}")
        logged.append(f"parent-{number}-{count}")
        count += 1

def child(number):
    for event in range(3):
        log(f"child-{number}-{event}")
    complete = logger.flush(60).complete
    stats = logger.stats()[1]
    if not complete or stats.accepted != 3 or stats.delivered != 3:
        os.write(2, f"child {number}: {stats}".encode())
    os._exit(0 if complete and stats.accepted == stats.delivered == 3 else 1)

threads = [threading.Thread(target=load, args=(number,), daemon=True) for number in range(3)]
for thread in threads:
    thread.start()
for number in range(int(forks)):
    time.sleep(chance.uniform(0, 0.02))
    pid = os.fork()
    if pid == 0:
        child(number)
    end_s = time.monotonic() + 90
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        if time.monotonic() > end_s:
            os.kill(pid, 9)
            sys.exit(f"child {number} is stuck")
        time.sleep(0.002)
    if status:
        sys.exit(f"child {number} ended with {status}")
stopping.set()
for thread in threads:
    thread.join()
report = logger.flush(300)
assert report.complete, report
logger.close()
print("\\n".join([*logged, *(f"child-{number}-{event}" for number in range(int(forks))
                           for event in range(3))]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.parametrize("mode", ["memory", "spool", "strict"])
def test_forks_under_load_double_lose_and_stop_nothing(mode: str, tmp_path: Path) -> None:
    with ScriptedEndpoint() as endpoint:
        done = subprocess.run(
            [sys.executable, "-W", "ignore::DeprecationWarning", "-c", DRIVER, endpoint.url, mode,
             str(FORKS), str(tmp_path)],
            capture_output=True, text=True, timeout=3000, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        expected = Counter(done.stdout.split())
        arrived = Counter(name for request in endpoint.requests for name in request.json())
    assert sum(expected.values()) > 3 * FORKS
    assert arrived == expected
