"""The lock: what an administrator fixed, neither environment nor program nor call can undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmlog.errors import SettingsError
from llmlog.logger import Logger
from llmlog.redaction import HIDDEN
from llmlog.testing.records import Records

MAIL = "zoe@example.com"


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what writes the administrator's file."""
    path = tmp_path / "lock.toml"
    monkeypatch.setenv("LLMLOG_LOCKED", str(path))
    return path.write_text


def said(logger: Logger, records: Records, **fields: Any) -> str:
    with logger.call(messages=[{"role": "user", "content": MAIL}], **fields) as call:
        call.finish("ok")
    assert logger.flush(5).complete
    return records._payloads[-1].input_messages[0].text


@pytest.mark.parametrize("content", ["masked", "none"])
def test_environment_program_and_call_cannot_undo_it(lock: Any, content: str) -> None:
    lock(f'content = "{content}"\n[plugin.records]\nmask = ["email"]\n')
    records = Records()
    with Logger(plugins=[records], file=False, content="full", environ={
        "LLMLOG_CONTENT": "full", "LLMLOG_LOCKED": "", "LLMLOG_RECORDS_CONTENT": "full",
    }, plugin={"records": {"content": "full", "mask": []}}) as logger:  # fmt: skip
        assert said(logger, records, content="full") == (
            "[email]" if content == "masked" else HIDDEN
        )
        assert logger.setup.origins["content"] == "lock"


def test_a_plugins_own_setting_can_be_fixed(lock: Any) -> None:
    lock('[plugin.records]\ncontent = "none"\n')
    records = Records()
    plugin = {"records": {"content": "full"}}
    with Logger(plugins=[records], environ={}, file=False, plugin=plugin) as logger:
        assert said(logger, records) == HIDDEN


def test_a_table_in_the_settings_file_is_a_lock_too(tmp_path: Path) -> None:
    path = tmp_path / "app"
    path.mkdir()
    (path / "llmlog.toml").write_text('content = "full"\n[lock]\ncontent = "none"\n')
    records = Records()
    with Logger(plugins=[records], environ={}, file=path, content="full") as logger:
        assert said(logger, records) == HIDDEN


def test_fixed_plugins_cannot_be_added_to_or_left_out(lock: Any) -> None:
    lock("plugins = []\n")
    added = Records()
    with Logger(plugins=[added], environ={}, file=False) as logger:
        assert logger.routes == ()
        with logger.call(plugins=[added]) as call:
            call.finish("ok")
        logger.flush(2)
    assert added._payloads == []


@pytest.mark.parametrize("text", ["content = ", None])
def test_a_lock_that_cannot_be_read_lets_nothing_out(lock: Any, text: str | None) -> None:
    if text is not None:
        lock(text)
    with pytest.raises(SettingsError, match="lock.toml"):
        Logger(plugins=[Records()], environ={}, file=False)
    records = Records()
    with Logger(plugins=[records], environ={}, file=False, strict=False) as logger:
        assert logger.routes == ()
        with logger.call(plugins=[records]) as call:
            call.finish("ok")
        logger.flush(2)
    assert records._payloads == []


def test_a_lock_that_is_no_table_lets_nothing_out(tmp_path: Path) -> None:
    (tmp_path / "llmlog.toml").write_text('lock = "content"\n')
    with pytest.raises(SettingsError, match="table of settings"):
        Logger(plugins=[Records()], environ={}, file=tmp_path)


def test_a_misspelt_lock_is_an_error(lock: Any) -> None:
    lock('contnt = "none"\n')
    with pytest.raises(SettingsError, match="did you mean 'content'"):
        Logger(plugins=[Records()], environ={}, file=False)
    records = Records()
    with Logger(plugins=[records], environ={}, file=False, strict=False) as logger:
        assert said(logger, records) == HIDDEN
