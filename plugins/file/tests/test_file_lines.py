"""Lines, their rotation, and processes that write at once or are killed."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from llmlog import Logger, Payload, SettingsError
from llmlog.schema import from_json, to_json
from llmlog.testing import SAMPLES, check_golden, sample
from llmlog_file import Settings, connect, send

GOLDEN = Path(__file__).parent / "golden" / "lines.json"
LENGTH = len(to_json(sample("bare"))) + 1


def bare(number: int, hours: int = 0) -> Payload:
    made = sample("bare")
    start = made.timing.start_unix_ns + hours * 3_600 * 10**9
    timing = evolve(made.timing, start_unix_ns=start, end_unix_ns=start)
    return evolve(made, id=f"01a196fb-1600-7000-a000-{number:012x}", timing=timing)


def write(settings: Settings, *batch: Payload) -> None:
    send(connect(settings), settings, batch)


def ids(path: Path) -> list[str]:
    packed = path.read_bytes()
    content = gzip.decompress(packed) if path.suffix == ".gz" else packed
    return [json.loads(line)["id"] for line in content.splitlines()]


def test_a_line_is_the_golden_one_and_the_whole_record(tmp_path: Path) -> None:
    write(Settings(path=f"{tmp_path}/calls.jsonl"), *(sample(name) for name in SAMPLES))
    lines = (tmp_path / "calls.jsonl").read_text().splitlines()
    assert [from_json(line) for line in lines] == [sample(name) for name in SAMPLES]
    check_golden(GOLDEN, dict(zip(SAMPLES, map(json.loads, lines), strict=True)))


def test_a_pattern_parts_calls_by_the_time_of_their_start(tmp_path: Path) -> None:
    write(Settings(path=f"{tmp_path}/%Y/%m-%d/%H.jsonl"), bare(1), bare(2, 1), bare(3, 13))
    found = {str(path.relative_to(tmp_path)): len(ids(path)) for path in tmp_path.rglob("*.jsonl")}
    assert found == {"2026/11-01/12.jsonl": 1, "2026/11-01/13.jsonl": 1, "2026/11-02/01.jsonl": 1}


@pytest.mark.parametrize("batch", [1, 3, 10])
def test_no_file_grows_over_its_bound_and_no_line_is_lost(tmp_path: Path, batch: int) -> None:
    settings = Settings(path=f"{tmp_path}/calls.jsonl", max_bytes=3 * LENGTH)
    made = [bare(number) for number in range(10)]
    for start in range(0, 10, batch):
        write(settings, *made[start : start + batch])
    names = ["calls.jsonl.1", "calls.jsonl.2", "calls.jsonl.3", "calls.jsonl"]
    found = [ids(tmp_path / name) for name in names]
    assert [len(each) for each in found] == [3, 3, 3, 1]
    assert [each for some in found for each in some] == [payload.id for payload in made]


def test_a_record_over_the_bound_has_a_file_of_its_own(tmp_path: Path) -> None:
    write(Settings(path=f"{tmp_path}/c", max_bytes=10), bare(1), bare(2))
    assert (ids(tmp_path / "c.1"), ids(tmp_path / "c")) == ([bare(1).id], [bare(2).id])


def test_the_oldest_go_and_the_rest_is_compressed(tmp_path: Path) -> None:
    settings = Settings(path=f"{tmp_path}/c", max_bytes=LENGTH, keep=2, gzip=True)
    for number in range(13):
        write(settings, bare(number))
    found = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("."))
    assert found == ["c", "c.11.gz", "c.12.gz"]
    assert ids(tmp_path / "c.12.gz") == [bare(11).id]


def test_a_half_written_line_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_bytes(to_json(bare(1)) + b"\n" + to_json(bare(2))[:50])
    write(Settings(path=str(path)), bare(3))
    first, half, last = path.read_bytes().splitlines()
    assert (from_json(first), len(half), from_json(last)) == (bare(1), 50, bare(3))


WRITER = """
import sys
from attrs import evolve
from llmlog.testing import sample
from llmlog_file import Settings, connect, send
settings = Settings(path=sys.argv[1], max_bytes=int(sys.argv[2]))
client, start = connect(settings), int(sys.argv[3])
for number in range(start, start + 200):
    send(client, settings, [evolve(sample("bare"), id=f"01a196fb-1600-7000-a000-{number:012x}")])
"""


def test_processes_that_write_and_rotate_at_once_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, f"{tmp_path}/c", str(20 * LENGTH)]
    started = [subprocess.Popen([*command, str(number * 200)]) for number in range(3)]
    assert [process.wait(120) for process in started] == [0, 0, 0]
    paths = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert sorted(each for path in paths for each in ids(path)) == [
        bare(number).id for number in range(600)
    ]
    assert max(path.stat().st_size for path in paths) <= 20 * LENGTH


@pytest.mark.parametrize(("values", "remedy"), [
    ({"path": "c-%s.jsonl"}, "Y, m, d or H"), ({"keep": 0}, "above 0"), ({"max_bytes": -1}, "above"),
])  # fmt: skip
def test_settings_that_cannot_work_are_refused(values: dict[str, Any], remedy: str) -> None:
    with pytest.raises(SettingsError, match=remedy):
        Logger(plugins=["file"], environ={}, file=False, plugin={"file": {"path": "c", **values}})
