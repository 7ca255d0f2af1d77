"""Runs of the real SDK and its service process, offline, read back from its files."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import wandb
from attrs import evolve

from llmlog import Logger, Payload
from llmlog.testing.contract import CANARY, awkward, lane_stats, with_canary
from llmlog.testing.endpoint import Answer, Received, ScriptedEndpoint
from llmlog.testing.samples import SAMPLES, sample
from llmlog_wandb import metrics, row

KEY = "fake" * 10
Runs = Callable[[], list[Any]]


@pytest.fixture(autouse=True)
def service() -> Iterator[None]:
    """End wandb's service process after each test."""
    yield
    wandb.teardown()


def logger(folder: Path, **options: Any) -> Logger:
    """Return a Logger with this plugin alone."""
    values = {"mode": "offline", "dir": str(folder), "project": "calls", **options}
    return Logger(plugins=["wandb"], environ={}, file=False, plugin={"wandb": values})


def numbered(round_: int) -> list[Payload]:
    """Return all samples, with ids of a round."""
    return [evolve(sample(name), id=f"{round_}-{name}", sdk_version="0.1.0") for name in SAMPLES]


def cells(*payloads: Payload) -> list[dict[str, Any]]:
    """Return the rows that a table should have."""
    return [row(payload) for payload in payloads]


def test_rounds_of_batches_are_one_run_and_one_table(tmp_path: Path, runs: Runs) -> None:
    """A step per call, a part of the table per batch, failures too; the account balances."""
    payloads = []
    with logger(tmp_path, api_key=KEY) as made:
        for round_ in range(3):
            for payload in numbered(round_):
                made.log(payload)
                payloads.append(payload)
            assert made.flush(60).complete, lane_stats(made).last_error
        stats = lane_stats(made)
    assert (stats.delivered, stats.lost, stats.balanced) == (len(payloads), 0, True)

    (run,) = runs()
    assert run.finished
    assert run.of("run")[0].project == "calls"
    assert run.tables() == {"llmlog/records": cells(*payloads)}
    assert len(run.of("artifact")) == stats.requests
    assert [step["_step"] for step in run.steps] == list(range(len(payloads)))
    seen: dict[str, int] = {}
    for payload, step in zip(payloads, run.steps, strict=True):
        seen[payload.status] = seen.get(payload.status, 0) + 1
        expected = metrics(payload, "llmlog") | {
            f"llmlog/calls_{payload.status}": seen[payload.status]
        }
        logged = {name: value for name, value in step.items()
                  if name not in ("_step", "_runtime") and "records" not in name}  # fmt: skip
        assert logged == pytest.approx(expected)
    assert not [path for path in files(tmp_path) if KEY.encode() in path.read_bytes()]


def files(folder: Path) -> list[Path]:
    """Return all files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.server
def test_a_long_table_is_followed_by_another(tmp_path: Path, runs: Runs) -> None:
    with logger(tmp_path, table_rows=25, table_parts=100) as made:
        for round_ in range(5):
            for payload in numbered(round_):
                made.log(payload)
            assert made.flush(60).complete
    (run,) = runs()
    rounds = [cells(*numbered(round_)) for round_ in range(5)]
    assert run.tables() == {
        "llmlog/records": rounds[0] + rounds[1],
        "llmlog/records_2": rounds[2] + rounds[3],
        "llmlog/records_3": rounds[4],
    }


@pytest.mark.server
def test_a_table_of_many_parts_is_followed_by_another(tmp_path: Path, runs: Runs) -> None:
    with logger(tmp_path, table_parts=2, prefix="llm") as made:
        for name in ("chat", "failure", "bare"):
            made.log(sample(name))
            assert made.flush(60).complete
    (run,) = runs()
    assert {key: len(rows) for key, rows in run.tables().items()} == {
        "llm/records": 2, "llm/records_2": 1
    }  # fmt: skip


@pytest.mark.server
def test_hidden_content_is_in_no_file(tmp_path: Path, runs: Runs) -> None:
    with logger(tmp_path, content="none") as made:
        for name in SAMPLES:
            made.log(with_canary(sample(name)))
        assert made.flush(60).complete
    assert len(runs()[0].tables()["llmlog/records"]) == len(SAMPLES)
    assert not [path for path in files(tmp_path) if CANARY.encode() in path.read_bytes()]


@pytest.mark.server
def test_awkward_payloads_are_delivered(tmp_path: Path, runs: Runs) -> None:
    payloads = list(awkward())
    with logger(tmp_path) as made:
        for payload in payloads:
            made.log(payload)
        assert made.flush(60).complete
        stats = lane_stats(made)
    assert (stats.delivered, stats.lost) == (len(payloads), 0)
    assert runs()[0].tables() == {"llmlog/records": cells(*payloads)}


@pytest.mark.server
def test_nothing_but_calls_is_recorded(tmp_path: Path, capsys: Any, runs: Runs) -> None:
    """No console, code, requirements, system metrics; nothing is printed."""
    with logger(tmp_path) as made:
        made.log(sample())
        assert made.flush(60).complete
        print("a-line-of-the-application")
    out, err = capsys.readouterr()
    assert (out, err) == ("a-line-of-the-application\n", "")
    (run,) = runs()
    kinds = {record.WhichOneof("record_type") for record in run.records}
    assert kinds == {
        "header",
        "run",
        "telemetry",
        "history",
        "summary",
        "artifact",
        "files",
        "exit",
    }
    assert all(path.name.endswith(".table.json") for path in files(run.path.parent / "files"))


def script(folder: Path, text: str) -> str:
    """Run a program whose Logger is `made`, and return what it prints."""
    head = f"""
import os, signal, subprocess, sys
from attrs import evolve
from llmlog import Logger
from llmlog.testing import sample
options = {{"mode": "offline", "dir": {str(folder)!r}, "batch_age_s": 0.0}}
made = Logger(plugins=["wandb"], environ={{}}, file=False, plugin={{"wandb": options}})
def log(name):
    made.log(evolve(sample(), id=name))
    assert made.flush(60).complete, made.stats()
"""
    program = subprocess.run(
        [sys.executable, "-c", head + text],
        check=False,
        capture_output=True,
        timeout=120,
        text=True,
    )
    assert program.returncode == 0, program.stderr
    return program.stdout


def ids(run: Any, key: str = "llmlog/records") -> list[str]:
    """Return the ids in a run's table."""
    return [cell["id"] for cell in run.tables().get(key, [])]


@pytest.mark.server
@pytest.mark.skipif(sys.platform != "linux", reason="finds the process in /proc")
def test_a_service_process_that_dies_is_replaced(tmp_path: Path, runs: Runs) -> None:
    """The batch that met the dead one comes again in a new run."""
    script(
        tmp_path,
        """
log("first")
for entry in os.scandir("/proc"):
    try:
        words = open(f"/proc/{entry.name}/cmdline").read() if entry.name.isdigit() else ""
        parent = open(f"/proc/{entry.name}/stat").read().rpartition(")")[2].split()[1] if words else ""
    except OSError:
        continue
    if "wandb-core" in words and parent == str(os.getpid()):
        os.kill(int(entry.name), signal.SIGKILL)
        os.waitpid(int(entry.name), 0)
log("second")
log("third")
made.close(30)
""",
    )
    dead, living = runs()
    assert not dead.finished
    assert living.finished
    assert ids(living)[-1] == "third"
    assert "second" in ids(living)


@pytest.mark.server
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_forked_child_has_a_run_of_its_own(tmp_path: Path, runs: Runs) -> None:
    script(
        tmp_path,
        """
log("before")
child = os.fork()
log("parent" if child else "child")
made.close(30)
if child:
    assert os.waitpid(child, 0)[1] == 0
else:
    os._exit(0)
""",
    )
    parent, child = runs()
    assert (ids(parent), ids(child)) == (["before", "parent"], ["child"])
    assert parent.finished
    assert child.finished


@pytest.mark.server
def test_a_run_of_the_application_is_left_alone(tmp_path: Path, runs: Runs) -> None:
    script(
        tmp_path,
        f"""
import wandb
own = wandb.init(mode="offline", dir={str(tmp_path)!r}, project="training")
log("call")
assert wandb.run is own
own.log({{"loss": 1.0}})
made.close(30)
own.log({{"loss": 0.5}})
own.finish()
""",
    )
    training, calls = sorted(runs(), key=lambda run: run.of("run")[0].project != "training")
    assert [step["loss"] for step in training.steps] == [1.0, 0.5]
    assert training.tables() == {}
    assert ids(calls) == ["call"]


# Online, against servers that are none.


@pytest.mark.server
def test_without_a_key_the_events_are_kept(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    made = logger(tmp_path, mode="online", base_url="http://127.0.0.1:1", init_timeout_s=3)
    made.log(sample())
    waited(made)
    stats = lane_stats(made)
    made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "API key" in (stats.last_error or "")


@pytest.mark.server
def test_a_wrong_key_keeps_the_events(tmp_path: Path) -> None:
    no = Answer(status=401, content=b'{"errors":[{"message":"user is not logged in"}]}')
    with ScriptedEndpoint(default=no) as endpoint:
        made = logger(tmp_path, mode="online", base_url=endpoint.url, api_key=KEY)
        made.log(sample())
        waited(made)
        stats = lane_stats(made)
        made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "not logged in" in (stats.last_error or "")
    assert KEY not in (stats.last_error or "")
    assert not (tmp_path / "netrc").exists()
    assert not (tmp_path / ".netrc").exists()


@pytest.mark.server
def test_a_server_that_is_down_keeps_the_events(tmp_path: Path) -> None:
    made = logger(
        tmp_path, mode="online", base_url="http://127.0.0.1:1", api_key=KEY, init_timeout_s=2
    )
    made.log(sample())
    waited(made)
    stats = lane_stats(made)
    made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "Timed out" in (stats.last_error or "")


def waited(made: Logger) -> None:
    """Wait for the first complaint."""
    for _ in range(300):
        made.flush(0.1)
        if lane_stats(made).last_error:
            return
    raise TimeoutError("no complaint in 30 s")


class Slow:
    """W&B's server as far as a run needs it to begin; nothing is ever taken after that."""

    def __init__(self) -> None:
        self.stop = threading.Event()

    def __call__(self, request: Received) -> Answer:
        """Answer what begins a run, and leave everything else without an answer."""
        asked = request.json() if request.path == "/graphql" else {}
        name = asked.get("operationName")
        if name == "UpsertBucket":
            return self.data(upsertBucket={"inserted": True, "bucket": {
                "id": "b", "name": asked["variables"]["name"], "config": "{}",
                "project": {"id": "p", "name": "calls", "entity": {"id": "e", "name": "me"}},
            }})  # fmt: skip
        if name == "Viewer":
            return self.data(viewer={"id": "u", "username": "me", "entity": "me", "flags": "{}"})
        if name in (None, "ServerFeaturesQuery") and asked:
            return Answer(content=b'{"errors":[{"message":"unknown"}]}')
        self.stop.wait(60)
        return Answer()

    @staticmethod
    def data(**values: Any) -> Answer:
        """Return an answer of GraphQL."""
        return Answer(content=json.dumps({"data": values}).encode())


@pytest.mark.server
def test_close_does_not_wait_for_a_server_that_hangs(tmp_path: Path, runs: Runs) -> None:
    """What was not uploaded is on the disk, for `wandb sync`."""
    slow = Slow()
    with ScriptedEndpoint(default=slow) as endpoint:
        made = logger(tmp_path, mode="online", base_url=endpoint.url, api_key=KEY,
                      finish_timeout_s=2)  # fmt: skip
        made.log(sample())
        try:
            assert made.flush(60).complete, lane_stats(made).last_error
            made.close(30)
            assert "llmlog-wandb" not in {thread.name for thread in threading.enumerate()}
        finally:
            slow.stop.set()
    (run,) = runs()
    assert run.finished
    assert run.steps[0]["llmlog/latency_s"] == 1.25
    (table,) = run.path.parent.rglob("*.table.json")
    assert sample().id in table.read_text(encoding="utf-8")
