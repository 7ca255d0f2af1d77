"""What lies in files is read with its owner's key, and by nobody when that is destroyed."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

pytest.importorskip("cryptography")

from llmlog import Logger, decrypt
from llmlog.encryption.envelope import new_key
from llmlog.encryption.ring import FolderKeys
from llmlog.schema import from_json
from llmlog.testing import SAMPLES, sample
from llmlog.testing.contract.canary import CANARY, with_canary


def test_a_destroyed_key_makes_files_unreadable(tmp_path: Path) -> None:
    keys, path = FolderKeys(tmp_path / "keys"), tmp_path / "calls.jsonl"
    keys.add("acme", new_key())
    payloads = [evolve(with_canary(sample(name)), organization_id="acme") for name in SAMPLES]
    with Logger(plugins=["file"], environ={}, file=False, content="encrypted",
                encryption_folder=keys.folder, plugin={"file": {"path": path}}) as logger:  # fmt: skip
        for payload in payloads:
            logger.log(payload)
        assert logger.flush(60).complete
    assert CANARY not in path.read_text()
    written = [from_json(line) for line in path.read_text().splitlines()]
    opened = [decrypt(payload, keys.folder) for payload in written]
    assert [each.input_messages for each in opened] == [each.input_messages for each in payloads]
    assert [each.usage for each in written] == [each.usage for each in payloads]
    assert keys.destroy("acme")
    assert [decrypt(payload, keys.folder) for payload in written] == written
