"""SIGKILL at any moment: what was promised is on disk, and arrives once.

`LLMLOG_NIGHTLY=1` makes more than a thousand kills of it. The window of `spool` is 25 ms where the
system lets threads run. A witness says how long that took: a thread beside that of the spool, which
wakes up every 5 ms. An event is promised once it has done so five times since, and once more.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

NIGHTLY = bool(os.environ.get("LLMLOG_NIGHTLY"))
KILLS = 300 if NIGHTLY else 10
TICK_S = 0.005
TICKS = 6

DRIVER = """
import os, random, signal, sqlite3, struct, sys, threading, time
from pathlib import Path
from attrs import frozen
from llmlog import HTTPExporter, Limits, Request, env
from llmlog.logger import Logger
from llmlog.encoding import loads
from llmlog.testing import ScriptedEndpoint

mode, kills, seed, tick_s, ticks, how, directory = sys.argv[1:]
directory, chance = Path(directory), random.Random(int(seed))

@frozen
class Settings:
    url: str = env("EXAMPLE_URL", default="http://127.0.0.1:1", help="where to")

exporter = HTTPExporter(name="example", settings=Settings, limits=Limits(events=20, age_s=0.01),
    encode=lambda settings, batch: Request.json(settings.url, [p.request_model for p in batch]))

def start(**environ):
    return Logger(plugins=[exporter], environ=environ, file=False, mode=mode, directory=directory)

def child(number, write):
    logger = start()
    if how == "step":
        connection = logger._pipeline._spooling._scribe._spool._file._connection
        steps = chance.randrange(1, 4000)
        connection.set_progress_handler(lambda: os.kill(os.getpid(), signal.SIGKILL), steps)
    logger.warm()
    seen = [0]
    threading.Thread(target=witness, args=(seen, write), daemon=True).start()
    for event in range(100_000):
        with logger.call(model=f"{number}-{event}", input="z" * chance.randrange(2000)) as call:
            call.finish("x")
        os.write(write, struct.pack("<qq", event, seen[0]))
        if mode == "spool":
            time.sleep(0.002)

def witness(seen, write):
    while True:
        time.sleep(float(tick_s))
        seen[0] += 1
        os.write(write, struct.pack("<qq", -1, seen[0]))

def kill_one(number):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        chance.seed(f"{seed}-{number}")
        child(number, write)
    os.close(write)
    data = os.read(read, 16)
    if how == "random":
        time.sleep(chance.uniform(0.0, 0.15) + (0.3 if mode == 'spool' else 0.0))
        os.kill(pid, signal.SIGKILL)
    while piece := os.read(read, 65536):
        data += piece
    os.close(read)
    os.waitpid(pid, 0)
    told = list(struct.iter_unpack("<qq", data[: len(data) // 16 * 16]))
    last = max((tick for _, tick in told), default=0)
    return [f"{number}-{event}" for event, tick in told
            if event >= 0 and (mode != "spool" or tick + int(ticks) <= last)]

def on_disk():
    found = []
    for path in sorted((directory / "spool").glob("*.sqlite3")):
        connection = sqlite3.connect(path)
        found += [loads(row[0])["request_model"]
                  for row in connection.execute("select content from event join owed using (number)")]
        connection.close()
    return found

promised = [name for number in range(int(kills)) for name in kill_one(number)]
kept = on_disk()
assert len(kept) == len(set(kept))
missing = set(promised) - set(kept)
assert not missing, f"{len(missing)} of {len(promised)} lost: {sorted(missing)[:5]}"
with ScriptedEndpoint() as endpoint:
    logger = start(EXAMPLE_URL=endpoint.url)
    end_s = time.monotonic() + 600
    while (stats := logger.stats()[1]).delivered < len(kept) and time.monotonic() < end_s:
        time.sleep(0.01)
    arrived = [name for request in endpoint.requests for name in request.json()]
    logger.adopt()  # what owes nothing any more, or never did, goes
    logger.close()
assert sorted(arrived) == sorted(kept), (len(arrived), len(kept), stats)
assert not list((directory / "spool").glob("*"))
print(kills, len(promised), len(kept))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.parametrize(("mode", "how"), [("spool", "random"), ("strict", "random"),
                                           ("strict", "step"), ("audit", "random")])  # fmt: skip
def test_a_killed_process_loses_nothing_that_was_promised(
    mode: str, how: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, mode, str(KILLS), "1", str(TICK_S), str(TICKS), how,
         str(tmp_path)],
        capture_output=True, text=True, timeout=3000, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    kills, promised, kept = map(int, done.stdout.split())
    assert kills == KILLS
    assert kept >= promised > KILLS
