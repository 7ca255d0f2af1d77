"""Tenants: each event at its own destination, and no tenant in another's way."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

import llmlog
from llmlog import HTTPExporter, Logger, Payload, Request, Secret, env
from llmlog.errors import SettingsError
from llmlog.redaction.known import FEW, Known
from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.contract.manners import wait_until
from llmlog.testing.contract.plugin import files_below


def _worker() -> Any:
    spec = spec_from_file_location("tenant_worker", Path(__file__).with_name("tenant_worker.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bank = _worker()


@frozen(kw_only=True)
class Settings:
    """Where and as whom."""

    key: Secret = env("DUMMY_KEY", help="key")
    url: str = env("DUMMY_URL", default="http://127.0.0.1:1/default", help="where to")
    level: int = env(default=1, help="a number")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    return Request.json(settings.url, [payload.name for payload in batch],
                        headers={"x-key": settings.key.reveal()})  # fmt: skip


exporter = HTTPExporter(name="dummy", settings=Settings, encode=encode)
Make = Callable[..., Logger]


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint() as made:
        yield made


@pytest.fixture
def make(make_logger: Make, endpoint: ScriptedEndpoint) -> Make:
    def made(*, tenants: Any, options: Any = None, **core: Any) -> Logger:
        own = {"key": "fake-own-key", "url": endpoint.url, "batch_age_s": 0.0, "tenants": tenants}
        return make_logger(exporter, plugin={"dummy": {**own, **(options or {})}}, **core)

    return made


def told(endpoint: ScriptedEndpoint) -> dict[str, list[str]]:
    """Return which names came with which key."""
    found: dict[str, list[str]] = {}
    for request in endpoint.requests:
        names: Any = request.json()
        found.setdefault(request.headers["x-key"], []).extend(names)
    return found


def log(logger: Logger, name: str, credentials: Any = None) -> None:
    with logger.call(name=name, credentials=credentials):
        pass


def both(endpoint: ScriptedEndpoint) -> dict[str, Any]:
    return {name: {"key": f"fake-key-{name}", "url": f"{endpoint.url}/{name}"} for name in "ab"}


# Who gets what.


def test_a_call_goes_to_the_tenant_that_it_names(make: Make, endpoint: ScriptedEndpoint) -> None:
    logger = make(tenants=both(endpoint))
    log(logger, "one", "a")
    log(logger, "two", "b")
    log(logger, "three")
    assert logger.flush(20).complete
    assert told(endpoint) == {
        "fake-key-a": ["one"],
        "fake-key-b": ["two"],
        "fake-own-key": ["three"],
    }
    paths = {request.headers["x-key"]: request.path for request in endpoint.requests}
    assert (paths["fake-key-a"], paths["fake-key-b"]) == ("/a", "/b")


@pytest.mark.parametrize("wrong", ["c", "", "default", "A", 7, ["a"], {"dummy": {"key": "fake-x"}}])
def test_a_tenant_that_is_not_there_gets_nothing_and_nobody_else_does(
    make: Make, endpoint: ScriptedEndpoint, wrong: Any
) -> None:
    logger = make(tenants=both(endpoint))
    log(logger, "one", wrong)
    assert logger.flush(20).complete
    assert not endpoint.requests
    (stats,) = logger.stats()[1:]
    assert (stats.accepted, dict(stats.dropped)) == (1, {"no_such_destination": 1})


def test_a_plugin_without_tenants_is_one_place_for_all(
    make: Make, endpoint: ScriptedEndpoint
) -> None:
    logger = make(tenants={})
    log(logger, "one", "a")
    log(logger, "two", {"other": {"key": "fake-x"}})
    assert logger.flush(20).complete
    assert told(endpoint) == {"fake-own-key": ["one", "two"]}


def test_the_account_knows_tenants_by_name_and_never_by_key(
    make: Make, endpoint: ScriptedEndpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    endpoint.default = lambda request: Answer(status=400 if request.path == "/b" else 200)
    logger = make(tenants=both(endpoint), directory=tmp_path, mode="strict")
    log(logger, "one", "a")
    log(logger, "two", "b")
    assert logger.flush(20).complete
    labels = {stats.label: (stats.delivered, stats.dead_lettered) for stats in logger.stats()[1:]}
    assert labels == {"dummy": (0, 0), "dummy/a": (1, 0), "dummy/b": (0, 1)}
    letter = json.loads((tmp_path / "dead" / "dummy.jsonl").read_text())
    assert letter["destination"] == "b"
    (where,) = logger.where(letter["payload"]["id"])
    assert (where.exporter, where.state) == ("dummy/b", "dead_lettered")
    logger.close()
    shown = f"{logger!r}{logger.routes!r}{logger.all_routes()!r}{logger.setup!r}{caplog.text}"
    assert "fake-key" not in shown + files_below(tmp_path).decode(errors="replace")


def test_keys_of_all_tenants_are_hidden_in_every_record(
    make: Make, endpoint: ScriptedEndpoint
) -> None:
    logger = make(tenants=both(endpoint))
    log(logger, "it is fake-key-b", "a")
    assert logger.flush(20).complete
    assert told(endpoint) == {"fake-key-a": ["it is [credential:known]"]}


# Nobody is in another's way.


def test_a_bad_key_a_429_and_a_flood_touch_no_other_tenant(
    make: Make, endpoint: ScriptedEndpoint
) -> None:
    names = ("bad", "busy", "flood", "good")
    tenants = {name: {"key": f"fake-key-{name}", "url": f"{endpoint.url}/{name}"} for name in names}
    answers = {"/bad": Answer(status=401), "/flood": Answer(status=503),
               "/busy": Answer(status=429, headers={"retry-after": "600"})}  # fmt: skip
    endpoint.default = lambda request: answers.get(request.path, Answer())
    logger = make(tenants=tenants, options={"queue_events": 100, "batch_events": 1})
    for number in range(300):
        log(logger, f"flood-{number}", "flood")
    for number in range(20):
        for name in ("bad", "busy", "good"):
            log(logger, f"{name}-{number}", name)

    def account(name: str) -> Any:
        (route,) = logger.routes
        return route.tenants[name].lane.stats()

    wait_until(lambda: account("good").delivered == 20, 30)
    assert account("good").lost == account("bad").lost == account("busy").lost == 0
    assert (account("bad").pending, account("busy").pending) == (20, 20)
    assert account("flood").dropped["queue_full"] >= 190
    assert all(each.balanced for each in logger.stats())
    logger.close(0)


# Lanes come and go.


def open_lanes(logger: Logger) -> int:
    (route,) = logger.routes
    return sum(each.lane._lane is not None for each in route.tenants.values())


def test_idle_lanes_are_closed_and_the_account_stays(
    make: Make, endpoint: ScriptedEndpoint
) -> None:
    tenants = {f"t{n}": {"key": f"fake-key-{n}", "url": endpoint.url} for n in range(30)}
    logger = make(tenants=tenants, options={"tenant_lanes": 3})
    for turn in range(2):
        for number in range(30):
            log(logger, f"{turn}", f"t{number}")
            assert logger.flush(20).complete
            assert open_lanes(logger) <= 4
    assert told(endpoint) == {f"fake-key-{number}": ["0", "1"] for number in range(30)}
    assert [stats.delivered for stats in logger.stats()[2:]] == [2] * 30


def test_a_lane_that_owes_something_is_never_closed(make: Make, endpoint: ScriptedEndpoint) -> None:
    endpoint.default = Answer(status=401)
    tenants = {f"t{n}": {"key": f"fake-key-{n}", "url": endpoint.url} for n in range(10)}
    logger = make(tenants=tenants, options={"tenant_lanes": 2, "batch_age_s": 600.0})
    for number in range(10):
        log(logger, "x", f"t{number}")
    wait_until(lambda: sum(stats.pending for stats in logger.stats()[1:]) == 10)
    assert open_lanes(logger) == 10
    endpoint.default = Answer()
    logger.close(0)
    assert all(stats.balanced for stats in logger.stats())


# A thousand of them.


def misplaced(folder: Path) -> list[Any]:
    return [row for row in arrived(folder) if row[0] != bank.token_of(row[1])]


def arrived(folder: Path) -> list[Any]:
    lines = (folder / "backend.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_thousand_tenants_in_random_order_get_their_own_and_all_of_it(tmp_path: Path) -> None:
    chance = random.Random(7)
    with bank.logger_in(tmp_path) as logger:
        for number in range(5_000):
            bank.log_one(logger, f"t{chance.randrange(bank.TENANTS)}", str(number))
            if number % 500 == 0:
                logger.flush(20)
        assert logger.flush(60).complete
        assert all(stats.balanced and not stats.lost for stats in logger.stats())
    assert not misplaced(tmp_path)
    assert sorted(int(row[2]) for row in arrived(tmp_path)) == list(range(5_000))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill")
def test_after_a_crash_each_tenant_gets_its_own(tmp_path: Path) -> None:
    ended: set[tuple[str, str]] = set()
    for seed in range(3):
        ended |= killed_after(tmp_path, seed, 400)
    with bank.logger_in(tmp_path, mode="strict", directory=tmp_path / "spool") as logger:
        logger.adopt()
        for number in range(200):
            bank.log_one(logger, f"t{number * 5}", f"late-{number}")
        assert logger.flush(60).complete
    assert not misplaced(tmp_path)
    assert ended <= {(row[1], row[2]) for row in arrived(tmp_path)}


def killed_after(folder: Path, seed: int, count: int) -> set[tuple[str, str]]:
    """Run a worker until it has said so many calls, kill it, and return them."""
    command = [sys.executable, bank.__file__, str(folder), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        said = [tuple(worker.stdout.readline().split()) for _ in range(count)]
        os.kill(worker.pid, signal.SIGKILL)
    return {(tenant, name) for tenant, name in said}


# What settings may say.


@pytest.mark.parametrize(
    ("tenants", "problem"),
    [
        ({"a": {"url": "http://127.0.0.1:1"}}, "lacks key"),
        ({"a": {"key": "fake-1"}}, "lacks url: the plugin's own is from code"),
        (
            {"a": {"key": "fake-1", "url": "x", "kay": "y"}},
            "has no setting 'kay': did you mean 'key'",
        ),
        ({"a": {"key": "fake-1", "url": "x", "level": "fake-2"}}, "level"),
        ({"default": {"key": "fake-1", "url": "x"}}, "is not 'default'"),
        ({"../a": {"key": "fake-1", "url": "x"}}, "letters, digits"),
        ({"a": "fake-1"}, "is a table of settings"),
        ("fake-1", "is a table of tables"),
    ],
)
def test_a_tenant_is_complete_in_itself(make: Make, tenants: Any, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as caught:
        make(tenants=tenants)
    assert "fake-1" not in str(caught.value)


def test_nothing_comes_from_the_environment(endpoint: ScriptedEndpoint, make_logger: Make) -> None:
    with pytest.raises(SettingsError) as caught:
        Logger(plugins=[exporter], file=False, environ={"DUMMY_KEY": "fake", "DUMMY_URL": "x"},
               plugin={"dummy": {"tenants": {"a": {"level": 2}}}})  # fmt: skip
    assert "lacks key" in str(caught.value)
    assert "lacks url: the plugin's own is from environment (DUMMY_URL)" in str(caught.value)


def test_a_file_takes_variables_for_tenants(tmp_path: Path, endpoint: ScriptedEndpoint) -> None:
    (tmp_path / "llmlog.toml").write_text(
        f'[plugin.dummy]\nkey = "fake-own"\nurl = "{endpoint.url}"\n'
        f'[plugin.dummy.tenants.a]\nkey = "${{A_KEY}}"\nurl = "{endpoint.url}"\n'
    )
    with Logger(plugins=[exporter], environ={"A_KEY": "fake-a"}, file=tmp_path) as logger:
        log(logger, "one", "a")
        assert logger.flush(20).complete
    assert told(endpoint) == {"fake-a": ["one"]}


def test_a_plugin_that_is_no_exporter_has_no_tenants(make_logger: Make) -> None:
    class Hooks:
        name = "hooks"

        @llmlog.hookimpl
        def log_success(self, payload: Payload) -> None: ...

    with pytest.raises(SettingsError, match="hooks has no tenants"):
        make_logger(Hooks(), plugin={"hooks": {"tenants": {"a": {}}}})


# Many credentials to know.


def test_many_known_values_are_found_like_few() -> None:
    few, many = Known(), Known()
    few.learn([Secret("fake-key-77-of-many")])
    many.learn([Secret(f"fake-key-{number}-of-many") for number in range(1_000)])
    assert len(many.forms) > FEW
    for text in ("it is fake-key-77-of-many.", "it is fake-key.", "", "x" * 50, "fake-"):
        assert few.scrub(text) == many.scrub(text)
        assert few.in_any(iter([text])) == many.in_any(iter([text]))
