"""Encrypted content: read with its owner's key, and nowhere without it."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

pytest.importorskip("cryptography")

from llmlog import HTTPExporter, Limits, Request, decrypt, env
from llmlog.cli import main
from llmlog.encoding import dumps
from llmlog.encryption import envelope, ring
from llmlog.encryption.envelope import FORM, DamagedError, Sealer, open_envelope, read_key
from llmlog.encryption.opening import Opener
from llmlog.encryption.ring import FolderKeys, given_keys, key_ring
from llmlog.errors import SettingsError
from llmlog.logger import Logger
from llmlog.message import Media, Message, Reasoning, Text
from llmlog.payload import Payload
from llmlog.redaction import KINDS, Policy
from llmlog.redaction.sealing import NO_KEY, Sealing, sealed
from llmlog.schema import from_json, to_dict, to_json
from llmlog.secret import Secret
from llmlog.sizing import forms
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample
from llmlog.testing.canary import FIELDS, VALUE_FIELDS, traces
from llmlog.testing.contract.canary import CANARY, with_canary
from llmlog.testing.contract.plugin import files_below
from llmlog.testing.records import Records
from llmlog.wording import cut, within

Make = Callable[..., Logger]
ACME = "4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8="
OTHER = "b3RoZXIga2V5IGZvciB0ZXN0cyBhbG9uZSEhISEhISE="
KEYS = {"acme": ACME, "other": OTHER}


def of(owner: str | None, payload: Payload) -> Payload:
    return evolve(payload, organization_id=owner)


def marked(owner: str | None = "acme", name: str = "tools") -> Payload:
    return of(owner, with_canary(sample(name)))


def recorded(make_logger: Make, *payloads: Payload, **settings: Any) -> list[Payload]:
    records = Records()
    logger = make_logger(records, content="encrypted", **settings)
    for payload in payloads:
        logger.log(payload)
    assert logger.flush(20).complete
    return records.all()


def leaks(content: bytes | str) -> list[str]:
    return traces(content, CANARY)


def test_what_these_tests_look_for_is_there() -> None:
    for name in SAMPLES:
        assert leaks(to_json(marked(name=name)))


def policy(**sealing: Any) -> Policy:
    return Policy(content="encrypted", sealing=Sealing(**sealing))


class TestEnvelope:
    @pytest.mark.parametrize(
        "value", ["", "words", {"a": [1, None, "ü"]}, [], 0, None, "x" * 100_000]
    )
    def test_it_opens_to_what_was_sealed(self, value: Any) -> None:
        key = read_key(ACME)
        sealed = Sealer(key).seal(value)
        assert FORM.fullmatch(sealed)
        assert open_envelope(sealed, key) == value

    def test_equal_values_do_not_look_equal(self) -> None:
        sealer = Sealer(read_key(ACME))
        assert sealer.seal("yes") != sealer.seal("yes")

    def test_any_change_is_seen(self) -> None:
        key = read_key(ACME)
        sealed = Sealer(key).seal("words")
        for at in range(len("llmlog:sealed:1:"), len(sealed)):
            other = "b" if sealed[at] == "a" else "a"
            with pytest.raises(DamagedError):
                open_envelope(sealed[:at] + other + sealed[at + 1 :], key)

    def test_another_key_opens_nothing(self) -> None:
        sealed = Sealer(read_key(ACME)).seal("words")
        with pytest.raises(DamagedError):
            open_envelope(sealed, read_key(OTHER))

    def test_a_key_is_read_in_base64_and_hexadecimal_and_shown_in_neither(self) -> None:
        key = read_key(ACME)
        assert read_key(key.content.hex()).id == key.id
        assert read_key(f" {ACME.replace('-', '+').replace('_', '/')} ").id == key.id
        assert ACME not in repr(key)
        assert repr(key.content) not in repr(key)
        assert key.content.hex()[:16] != key.id

    @pytest.mark.parametrize("text", ["", "short", "x" * 42, "y" * 41 + "!?", ACME[:-4], "ü" * 40])
    def test_what_is_no_key_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            read_key(text)


@pytest.mark.parametrize("name", SAMPLES)
def test_content_comes_back_with_the_key_and_only_content_is_sealed(
    make_logger: Make, name: str
) -> None:
    payload = marked(name=name)
    (sealed,) = recorded(make_logger, payload, encryption_keys=KEYS)
    assert not leaks(to_json(sealed))
    for kept in ("usage", "cost", "timing", "metadata", "tags", "user_id", "response_model"):
        assert getattr(sealed, kept) == getattr(payload, kept)
    opened = to_dict(decrypt(sealed, KEYS))
    changes = opened.pop("changes")
    expected = to_dict(payload)
    expected.pop("changes", None)
    assert {name: opened.get(name) for name in expected} == expected
    assert changes[-1]["rule"] == "encrypted"


STAYS = {
    "name", "provider_name", "request_model", "response_model", "response_id", "server_address",
    "deployment_id", "model_alias", "service_tier", "cache_key", "session_id", "user_id", "team_id",
    "organization_id", "project_id", "key_alias", "key_hash", "prompt_name", "prompt_version",
    "environment", "service_name", "release", "host_name", "tags", "tool name", "tool call id",
    "tool result id", "role", "message name", "finish reason", "error type", "error code",
    "error request", "attempt model", "attempt address", "guardrail name", "cost reason",
    "cost model", "earlier change", "metadata", "rate limit", "usage object",
}  # fmt: skip
"""Names, ids and metadata: what the documentation of privacy says that encryption leaves."""


def test_what_stays_readable_is_what_the_documentation_says() -> None:
    sealer = Sealer(read_key("0" * 64))
    for name, plant in FIELDS.items():
        said = {"k": CANARY} if name in VALUE_FIELDS else f"It is {CANARY}."
        left = to_json(sealed(plant(sample("failure"), said), sealer, "policy"))
        assert (CANARY.encode() in left) is (name in STAYS), name


def test_pictures_and_signed_thoughts_come_back_too() -> None:
    parts = (Media(modality="image", mime_type="image/png", content="aGVsbG8="),
             Media(modality="image", uri="https://x.example/a.png"), Media(modality="audio"),
             Reasoning(content="so", signature="seal"))  # fmt: skip
    payload = evolve(marked(), input_messages=(Message(role="user", parts=parts),))
    sealed = policy(by="organization_id", ring=given_keys(KEYS)).apply(payload)
    assert b"aGVsbG8=" not in to_json(sealed)
    assert b"x.example" not in to_json(sealed)
    assert from_json(to_json(decrypt(sealed, KEYS))).input_messages == payload.input_messages


def test_each_owner_has_a_key_of_its_own(make_logger: Make) -> None:
    first, second = recorded(make_logger, marked("acme"), marked("other"), encryption_keys=KEYS)
    only_acme = {"acme": ACME}
    assert decrypt(first, only_acme).input_messages == marked().input_messages
    assert decrypt(second, only_acme) == second


@pytest.mark.parametrize("owner", ["unknown", None, ""])
def test_without_a_key_there_is_a_placeholder(make_logger: Make, owner: str | None) -> None:
    payload = marked(owner)
    (made,) = recorded(make_logger, payload, encryption_keys=KEYS)
    assert not leaks(to_json(made))
    assert made.input_messages[0].text == NO_KEY
    assert made.changes[-1].rule == "no key"
    assert (made.usage, made.metadata) == (payload.usage, payload.metadata)


def test_a_record_without_an_owner_has_the_default_key(make_logger: Make) -> None:
    (made,) = recorded(make_logger, marked(None), encryption_keys={"default": ACME})
    assert decrypt(made, {"default": ACME}).input_messages == marked().input_messages


@pytest.mark.parametrize("field", ["user_id", "session_id", "team_id"])
def test_the_owner_may_be_another_field(make_logger: Make, field: str) -> None:
    payload = evolve(marked(), **{field: "zoe"})
    (made,) = recorded(make_logger, payload, encryption_by=field, encryption_keys={"zoe": OTHER})
    assert decrypt(made, {"zoe": OTHER}).input_messages == payload.input_messages


def test_the_owner_is_who_it_is_whatever_pseudonym_is_shown(make_logger: Make) -> None:
    (made,) = recorded(
        make_logger, marked(), encryption_keys=KEYS,
        pseudonyms=["organization_id"], pseudonym_key="k" * 20,
    )  # fmt: skip
    assert "acme" not in to_json(made).decode()
    assert decrypt(made, KEYS).input_messages == marked().input_messages


def test_masks_come_before_encryption(make_logger: Make) -> None:
    text = Message(role="user", parts=(Text(content="ask zoe@example.com"),))
    payload = evolve(marked(), input_messages=(text,), metadata={"note": "zoe@example.com"})
    (made,) = recorded(make_logger, payload, encryption_keys=KEYS, mask=["email"])
    assert made.metadata == {"note": "[email]"}
    assert decrypt(made, KEYS).input_messages[0].text == "ask [email]"


@pytest.mark.parametrize(("content", "wish", "left"), [
    ("full", "encrypted", "ask zoe@example.com"), ("masked", "encrypted", "ask [email]"),
    ("encrypted", "masked", "ask [email]"), ("encrypted", "full", "ask zoe@example.com"),
    ("encrypted", "none", "[hidden]"), ("none", "encrypted", "[hidden]"),
])  # fmt: skip
def test_a_call_tightens(make_logger: Make, content: Any, wish: Any, left: str) -> None:
    records = Records()
    logger = make_logger(records, content=content, encryption_keys=KEYS)
    messages = [{"role": "user", "content": "ask zoe@example.com"}]
    with logger.call(messages=messages, organization="acme", content=wish) as call:
        call.finish("ok")
    made = records.one() if logger.flush(20).complete else None
    assert made is not None
    assert "zoe" not in to_json(made).decode()
    assert decrypt(made, KEYS).input_messages[0].text == left


def test_what_looks_like_an_envelope_is_sealed_as_any_text(make_logger: Make) -> None:
    forged = Sealer(read_key(OTHER)).seal(CANARY)
    text = Message(role="user", parts=(Text(content=forged),))
    (made,) = recorded(make_logger, evolve(marked(), input_messages=(text,)), encryption_keys=KEYS)
    assert made.input_messages[0].text != forged
    assert decrypt(made, {"acme": ACME}).input_messages[0].text == forged


def test_sealed_again_it_stays_as_it_is() -> None:
    once = policy(ring=given_keys(KEYS)).apply(marked())
    assert policy(ring=given_keys(KEYS)).apply(once) == once
    assert policy(ring=given_keys({})).apply(once) == once
    assert Policy(content="full").apply(once) == once
    assert not leaks(to_json(Policy(content="none").apply(once)))


def test_a_cut_leaves_no_part_of_an_envelope() -> None:
    text = Message(role="user", parts=(Text(content="x" * 20_000),))
    sealed = policy(ring=given_keys(KEYS)).apply(evolve(marked(), input_messages=(text,)))
    smaller = list(forms(sealed))[1:]
    texts = [made.input_messages[0].text for made in smaller if made.input_messages]
    assert any(text.startswith("[cut: ") for text in texts)
    assert not any("llmlog:sealed" in text and not FORM.fullmatch(text) for text in texts)


class TestKeys:
    def test_they_rotate_and_former_ones_open(self, make_logger: Make, tmp_path: Path) -> None:
        keys = FolderKeys(tmp_path)
        keys.add("acme", ACME)
        settings = {"encryption_folder": tmp_path}
        (former,) = recorded(make_logger, marked(), **settings)
        keys.add("acme", OTHER)
        (later,) = recorded(make_logger, marked(), **settings)
        for made in (former, later):
            assert decrypt(made, tmp_path).input_messages == marked().input_messages
        assert decrypt(later, {"any": OTHER}).input_messages == marked().input_messages
        assert decrypt(former, {"any": OTHER}) == former
        assert decrypt(former, {"any": f"{OTHER} {ACME}"}).input_messages == marked().input_messages

    @pytest.mark.parametrize("answer", [
        ACME, Secret(ACME), read_key(ACME).content, [OTHER, ACME], (Secret(OTHER), ACME),
    ])  # fmt: skip
    def test_a_function_may_have_them(self, make_logger: Make, answer: Any) -> None:
        asked: list[str] = []

        def source(owner: str) -> Any:
            asked.append(owner)
            return answer if owner == "acme" else None

        (made,) = recorded(make_logger, marked(), encryption_source=source)
        assert asked == ["acme"]
        assert decrypt(made, source).input_messages == marked().input_messages

    @pytest.mark.parametrize("answer", ["no key", b"short", 7, object(), [None]])
    def test_a_function_that_answers_nonsense_gives_a_placeholder(
        self, make_logger: Make, answer: Any
    ) -> None:
        (made,) = recorded(make_logger, marked(), encryption_source=lambda _: answer)
        assert made.input_messages[0].text == NO_KEY
        assert not leaks(to_json(made))

    def test_a_function_that_raises_or_hangs_gives_a_placeholder(self, make_logger: Make) -> None:
        def broken(owner: str) -> Any:
            if owner == "other":
                time.sleep(1)
            raise SystemExit(CANARY)

        found = recorded(make_logger, marked("acme"), marked("other"), encryption_source=broken,
                         redact_timeout_s=0.1)  # fmt: skip
        assert [made.input_messages[0].text for made in found] == [NO_KEY, NO_KEY]
        assert not any(leaks(to_json(made)) for made in found)

    def test_a_file_has_any_owner_and_only_its_user_reads_it(self, tmp_path: Path) -> None:
        keys = FolderKeys(tmp_path / "keys")
        for owner in ("acme", "../up", "a/b", "", "ü" * 200, ".hidden"):
            keys.add(owner, ACME)
            assert [key.id for key in keys.of(owner)] == [read_key(ACME).id]
            path = keys.path(owner)
            assert path.parent == tmp_path / "keys"
            assert path.stat().st_mode & 0o077 == 0
        assert len(list((tmp_path / "keys").iterdir())) == 6

    @pytest.mark.parametrize(("settings", "problem"), [
        ({}, "set LLMLOG_ENCRYPTION_FOLDER"),
        ({"encryption_keys": {"acme": "guess-me-not"}}, "'acme': a key is 32 bytes"),
        ({"encryption_source": "module.function"}, "give a function"),
        ({"encryption_keys": KEYS, "encryption_by": "user"}, "encryption_by"),
    ])  # fmt: skip
    def test_wrong_settings_are_an_error_that_shows_no_key(
        self, make_logger: Make, settings: Any, problem: str
    ) -> None:
        with pytest.raises(SettingsError, match=problem) as caught:
            make_logger(Records(), content="encrypted", **settings)
        assert "guess-me-not" not in str(caught.value)

    def test_one_plugin_alone_needs_them_too(self, make_logger: Make) -> None:
        with pytest.raises(SettingsError, match="set LLMLOG_ENCRYPTION_FOLDER"):
            make_logger(Records(), plugin={"records": {"content": "encrypted"}})

    def test_without_the_library_nothing_passes(
        self, make_logger: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("llmlog.configuration.find_spec", lambda _: None)
        with pytest.raises(SettingsError, match=r"pip install 'llmlog\[encryption\]'"):
            make_logger(Records(), content="encrypted", encryption_keys=KEYS)

    def test_a_key_is_masked_as_any_credential(self, make_logger: Make) -> None:
        records = Records()
        logger = make_logger(records, encryption_keys=KEYS)
        logger.log(evolve(sample(), name=f"it is {ACME}"))
        assert logger.flush(20).complete
        assert records.one().name == "it is [credential:known]"

    def test_other_kinds_of_keys_are_refused(self) -> None:
        with pytest.raises(SettingsError, match="a mapping, a folder or a function"):
            key_ring(7)


@frozen
class Place:
    url: str = env(help="where to")


def encode(settings: Place, batch: Sequence[Payload]) -> Request:
    return Request.json(settings.url, [to_dict(payload) for payload in batch])


def backend(name: str) -> HTTPExporter[Place]:
    return HTTPExporter(name=name, settings=Place, encode=encode, limits=Limits(gzip=False))


def test_when_the_key_is_destroyed_nothing_anywhere_can_be_read(tmp_path: Path) -> None:
    """Not what a sink got, nor dead letters, nor the spool, nor the audit log."""
    keys, disk = FolderKeys(tmp_path / "keys"), tmp_path / "disk"
    keys.add("acme", ACME)
    names = {"taken": Answer(), "rejected": Answer(status=400), "owed": Answer(status=503)}
    with ExitStack() as stack:
        ends = {name: stack.enter_context(ScriptedEndpoint()) for name in names}
        for name, answer in names.items():
            ends[name].default = answer
        with Logger(
            plugins=[backend(name) for name in names], environ={}, file=False, mode="spool",
            directory=disk, audit_log=disk / "audit", audit_content="full", content="encrypted",
            encryption_folder=keys.folder, plugin={name: {"url": end.url} for name, end in ends.items()},
        ) as logger:  # fmt: skip
            for name in SAMPLES:
                logger.log(marked(name=name))
            logger.flush(5)
            logger.close(1)
        sent = b"\n".join(got.content for end in ends.values() for got in end.requests)
    places = {"sink": sent, "dead": files_below(disk / "dead"), "spool": files_below(disk / "spool"),
              "audit": files_below(disk / "audit")}  # fmt: skip
    for place, content in places.items():
        found = [each[0] for each in FORM.finditer(content.decode("latin-1"))]
        assert len(found) >= len(SAMPLES), place
        assert not leaks(content), place
        assert any(leaks(dumps(open_envelope(each, read_key(ACME)))) for each in found), place
        assert keys.find(FORM.fullmatch(found[0])[1], ["acme"]), place
    keys.destroy("acme")
    for content in places.values():
        opener = Opener(keys, ["acme"])
        assert not leaks(opener.text(content.decode("latin-1")))
        assert (opener.opened, opener.closed > 0) == (0, True)


def test_what_was_spooled_is_opened_with_the_key_after_a_crash(tmp_path: Path) -> None:
    """A second process delivers what the first one sealed, and its key opens it."""
    with ScriptedEndpoint() as end:
        settings: dict[str, Any] = {
            "plugins": [backend("owed")], "environ": {}, "file": False, "mode": "spool",
            "directory": tmp_path, "content": "encrypted", "encryption_keys": KEYS,
            "plugin": {"owed": {"url": end.url}},
        }  # fmt: skip
        end.default = Answer(status=503)
        with Logger(**settings) as logger:
            logger.log(marked())
            logger.close(0.5)
        end.default = Answer()
        with Logger(**settings) as logger:
            logger.adopt()
            assert logger.flush(20).complete
    assert end.requests[-1].content == end.requests[0].content
    (payload,) = end.requests[-1].json()
    assert decrypt(payload, KEYS)["input_messages"] == to_dict(marked())["input_messages"]


def _functions() -> Iterator[tuple[Any, str]]:
    for owner, names in ((envelope, ("_cipher", "_derived", "dumps")), (ring, ("_in_file", "read_keys")),
                         (Sealer, ("__init__", "seal")), (FolderKeys, ("of", "path")),
                         (ring.Rings, ("of",))):  # fmt: skip
        yield from ((owner, name) for name in names)


def _raise(fault: type[BaseException]) -> Callable[..., Any]:
    def step(*_: Any, **__: Any) -> Any:
        raise fault(CANARY)

    return step


def _recurse(*arguments: Any, **named: Any) -> Any:
    return _recurse(*arguments, **named)


FAULTS = {"raises": _raise(ValueError), "exits": _raise(SystemExit), "out of memory": _raise(MemoryError),
          "recurses": _recurse}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("owner", "name"), [*_functions()], ids=lambda each: getattr(each, "__name__", each)
)
def test_a_step_that_fails_lets_nothing_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, owner: Any, name: str, fault: str
) -> None:
    FolderKeys(tmp_path).add("acme", ACME)
    under = Policy(content="encrypted", kinds=frozenset(KINDS),
                   sealing=Sealing(ring=ring.Rings((FolderKeys(tmp_path),))))  # fmt: skip
    payload = marked()
    assert "llmlog:sealed" in to_json(under.apply(payload)).decode()
    monkeypatch.setattr(owner, name, FAULTS[fault])
    made = under.apply(payload)
    monkeypatch.undo()
    assert "llmlog:sealed" not in to_json(made).decode()
    assert not leaks(to_json(made))
    assert (made.id, made.status) == (payload.id, payload.status)
    assert made.usage.total_tokens == payload.usage.total_tokens


class TestCommands:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LLMLOG_ENCRYPTION_FOLDER", str(tmp_path / "keys"))
        return tmp_path

    def sealed(self, folder: Path, owner: str = "acme") -> Payload:
        return policy(ring=FolderKeys(folder / "keys")).apply(marked(owner))

    def test_a_key_is_made_and_opens_what_it_sealed(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["key", "new", "acme"]) == 0
        assert "seals from now on" in capsys.readouterr().out
        path = folder / "records.jsonl"
        path.write_bytes(
            to_json(self.sealed(folder)) + b"\n" + to_json(self.sealed(folder)) + b"\n"
        )
        assert main(["decrypt", str(path)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [from_json(line).input_messages for line in lines] == [marked().input_messages] * 2

    def test_a_destroyed_key_opens_nothing_more(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        main(["key", "new", "acme"])
        path = folder / "record.json"
        path.write_bytes(to_json(self.sealed(folder)))
        assert main(["key", "destroy", "acme"]) == 0
        assert main(["key", "destroy", "acme"]) == 1
        assert list((folder / "keys").iterdir()) == []
        assert main(["decrypt", str(path)]) == 1
        shown = capsys.readouterr()
        assert "stay closed" in shown.err
        assert not leaks(shown.out)

    def test_envelopes_are_opened_in_any_text(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        main(["key", "new", "acme"])
        (key,) = FolderKeys(folder / "keys").of("acme")
        said = Sealer(key).seal('a "word"')
        text = f'copied: {said}, and\n{{"nested": "[\\"{said}\\"]"}}\n'
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        capsys.readouterr()
        assert main(["decrypt", "--keys", str(folder / "keys")]) == 0
        first, second = capsys.readouterr().out.splitlines()
        assert first == 'copied: a "word", and'
        assert second == '{"nested":"[\\"a \\\\\\"word\\\\\\"\\"]"}'

    def test_without_keys_it_says_what_to_set(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("LLMLOG_ENCRYPTION_FOLDER")
        assert main(["decrypt"]) == 2
        assert main(["key", "new", "acme"]) == 2
        assert capsys.readouterr().err.count("set LLMLOG_ENCRYPTION_FOLDER") == 2


def test_a_beginning_of_a_text_holds_no_part_of_an_envelope() -> None:
    sealed_text = Sealer(read_key(ACME)).seal("a secret")
    assert within(sealed_text, len(sealed_text)) == sealed_text
    assert within(f"a {sealed_text} b", len(sealed_text) + 3) == f"a {sealed_text} "
    assert within(f"a {sealed_text} b", len(sealed_text)) == "a [sealed]"
    assert within(sealed_text, 5) == "llmlo"
    assert within(f"abc {sealed_text}", 22) == "abc [sealed]"
    assert within("a plain text", 7) == "a plain"
    assert cut(sealed_text, 40) == "[sealed]..."
