"""Settings: found in order, converted in one place, wrong ones reported at once."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from attrs import frozen

from llmlog.errors import SettingsError
from llmlog.secret import Secret
from llmlog.settings import Sources, env, load, options, read_file


@frozen
class Settings:
    key: Secret = env("EXAMPLE_KEY", help="the key")
    site: str = env("EXAMPLE_SITE", "EXAMPLE_HOST", default="example.com")
    rate: float = env("EXAMPLE_RATE", default=1.0)
    on: bool = env("EXAMPLE_ON", default=True)
    size: int | None = env("EXAMPLE_SIZE", default=None)
    mode: Literal["fast", "slow"] = env("EXAMPLE_MODE", default="fast")
    tags: tuple[str, ...] = env("EXAMPLE_TAGS", default=())
    headers: Mapping[str, str] = env("EXAMPLE_HEADERS", default={})


def loaded(environ: dict[str, str], **sources: object) -> Settings:
    given = Sources(environ={"EXAMPLE_KEY": "fake-key", **environ}, **sources)  # type: ignore[arg-type]
    return load(Settings, given, "example")[0]


def test_code_wins_over_environment_and_that_over_the_file() -> None:
    environ = {"EXAMPLE_SITE": "from-environment"}
    code = {"plugin": {"example": {"site": "from-code"}}}
    file = {"plugin": {"example": {"site": "from-file", "rate": 0.25}}}
    assert loaded(environ, code=code, file=file).site == "from-code"
    assert loaded(environ, file=file).site == "from-environment"
    assert loaded({}, file=file).site == "from-file"
    assert loaded({}, file=file).rate == 0.25


def test_the_first_of_several_variables_wins() -> None:
    assert loaded({"EXAMPLE_HOST": "b"}).site == "b"
    assert loaded({"EXAMPLE_HOST": "b", "EXAMPLE_SITE": "a"}).site == "a"


def test_llmlogs_own_variable_of_a_setting_works_too() -> None:
    assert loaded({"LLMLOG_EXAMPLE_SITE": "own"}).site == "own"


@pytest.mark.parametrize(("text", "truth"), [("false", False), ("0", False), ("no", False),
                                             ("True", True), ("on", True)])  # fmt: skip
def test_truth_is_read_as_people_write_it(text: str, truth: bool) -> None:
    assert loaded({"EXAMPLE_ON": text}).on is truth


def test_texts_become_values() -> None:
    settings = loaded({"EXAMPLE_RATE": "0.5", "EXAMPLE_SIZE": "7", "EXAMPLE_TAGS": "a, b",
                       "EXAMPLE_HEADERS": "x=1,y=2=3", "EXAMPLE_MODE": "slow"})  # fmt: skip
    assert (settings.rate, settings.size, settings.mode) == (0.5, 7, "slow")
    assert (settings.tags, settings.headers) == (("a", "b"), {"x": "1", "y": "2=3"})


def test_every_problem_is_reported_at_once() -> None:
    code = {"plugin": {"example": {"sight": 1}}}
    environ = {"EXAMPLE_RATE": "much", "EXAMPLE_MODE": "medium", "EXAMPLE_ON": "maybe"}
    with pytest.raises(SettingsError) as caught:
        load(Settings, Sources(environ=environ, code=code), "example")
    text = str(caught.value)
    assert len(caught.value.problems) == 5
    for words in ("'sight': did you mean 'site'?", "set EXAMPLE_KEY (the key)", "'much'",
                  "say fast or slow", "say true or false"):  # fmt: skip
        assert words in text


def test_a_wrong_secret_is_not_shown() -> None:
    @frozen
    class Odd:
        key: Secret | None = env("ODD_KEY", default=None)
        size: int = env("ODD_SIZE", default=1)

    with pytest.raises(SettingsError) as caught:
        load(Odd, Sources(environ={"ODD_KEY": "sk-fake", "ODD_SIZE": "x"}), "odd")
    assert "sk-fake" not in str(caught.value)


def test_a_file_takes_variables_and_misses_none_silently() -> None:
    file = {"plugin": {"example": {"site": "${REGION}.example.com"}}}
    assert loaded({"REGION": "eu"}, file=file).site == "eu.example.com"
    with pytest.raises(SettingsError, match="REGION"):
        loaded({}, file=file)


def test_the_origin_of_each_value_is_known() -> None:
    sources = Sources(environ={"EXAMPLE_KEY": "fake"}, file={"plugin": {"example": {"rate": 0.1}}},
                      path=Path("llmlog.toml"))  # fmt: skip
    origins = load(Settings, sources, "example")[1]
    assert origins["key"] == "environment (EXAMPLE_KEY)"
    assert origins["rate"] == "file (llmlog.toml)"
    assert origins["site"] == "default"


def test_no_place_of_settings_shows_them() -> None:
    sources = Sources(code={"a": "s3cret-1"}, environ={"B": "s3cret-2"}, file={"c": "s3cret-3"},
                      locked={"d": "s3cret-4"})  # fmt: skip
    assert "s3cret" not in repr(sources)


def test_declarations_tell_everything_for_a_table() -> None:
    key, site, *_ = options(Settings)
    assert (key.name, key.variables, key.required, key.secret) == (
        "key", ("EXAMPLE_KEY",), True, True,
    )  # fmt: skip
    assert (site.default, site.required, site.type) == ("example.com", False, "str")


def test_the_nearest_file_upwards_is_read(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.llmlog]\nservice = 'outer'\n")
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'no settings'\n")
    assert read_file(inner) == ({"service": "outer"}, tmp_path / "pyproject.toml")
    (inner / "llmlog.toml").write_text("service = 'inner'\n")
    assert read_file(inner)[0] == {"service": "inner"}


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "llmlog.toml").write_text("service = \n")
    with pytest.raises(SettingsError, match=r"llmlog\.toml"):
        read_file(tmp_path)


class TestSecret:
    secret = Secret("sk-fake-123")

    def test_it_does_not_show(self) -> None:
        shown = f"{self.secret} {self.secret!r} {self.secret:>20} %s" % self.secret
        assert "fake" not in shown + str([self.secret]) + str(vars(type(self.secret)))

    def test_it_cannot_leave_by_pickle_or_json(self) -> None:
        with pytest.raises(TypeError):
            pickle.dumps(self.secret)
        with pytest.raises(TypeError):
            json.dumps(self.secret)

    def test_it_is_a_value(self) -> None:
        assert self.secret == Secret("sk-fake-123") == copy.deepcopy(self.secret)
        assert self.secret != Secret("other")
        assert self.secret != "sk-fake-123"
        assert not Secret("")
