"""Where keys come from: settings, a folder of files, or a function.

An owner may have several keys: the first one seals, all of them open. A key that is in none of
these places is destroyed, and so is what was sealed with it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from attrs import field, frozen

from llmlog.encryption.envelope import Key, read_key
from llmlog.errors import SettingsError
from llmlog.guard import guarded
from llmlog.secret import Secret

DEFAULT = "default"
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_SUFFIX = ".key"


class KeyRing(Protocol):
    """Finds keys. Neither method raises for an owner or a key that it does not know."""

    def of(self, owner: str) -> Sequence[Key]:
        """Return an owner's keys, the one that seals first."""
        ...

    def find(self, key: str, owners: Iterable[str]) -> Key | None:
        """Return the key of this id; `owners` may be those it is of."""
        ...


def _with_id(keys: Iterable[Key], key: str) -> Key | None:
    return next((each for each in keys if each.id == key), None)


@frozen(eq=False)
class GivenKeys:
    """Keys from settings: owner -> keys as texts, with spaces between them."""

    _keys: Mapping[str, tuple[Key, ...]] = field(repr=False)

    def of(self, owner: str) -> Sequence[Key]:
        """Return an owner's keys."""
        return self._keys.get(owner, ())

    def find(self, key: str, _: Iterable[str]) -> Key | None:
        """Return the key of this id."""
        return _with_id((each for keys in self._keys.values() for each in keys), key)


def given_keys(values: Mapping[str, Secret | str | bytes]) -> GivenKeys:
    """Return the keys in a mapping; raise `ValueError`, which shows none, for what is no key."""
    made: dict[str, tuple[Key, ...]] = {}
    for owner, value in values.items():
        try:
            made[owner] = tuple(read_keys(value))
        except ValueError as problem:
            raise ValueError(f"the key of {owner!r}: {problem}") from None
    return GivenKeys(made)


@frozen
class FolderKeys:
    """Keys in files, one file for an owner, read anew each time: what is removed is gone at once.

    A file `<owner>.key` has a key in each line, the one that seals first. An owner whose name is
    not fit for a file has the first 32 digits of its SHA-256 instead.
    """

    folder: Path

    def path(self, owner: str) -> Path:
        """Return the file of an owner."""
        name = owner if _FILE_NAME.fullmatch(owner) else _digest(owner)
        return self.folder / f"{name}{_SUFFIX}"

    def of(self, owner: str) -> Sequence[Key]:
        """Return an owner's keys."""
        return _in_file(self.path(owner))

    def find(self, key: str, owners: Iterable[str]) -> Key | None:
        """Return the key of this id, from any file."""
        likely = (each for owner in owners for each in self.of(owner))
        paths = sorted(self.folder.glob(f"*{_SUFFIX}"))
        every = (each for path in paths for each in _in_file(path))
        return _with_id(likely, key) or _with_id(every, key)

    def add(self, owner: str, key: str) -> None:
        """Put a key before an owner's others; only this user may read the file."""
        path = self.path(owner)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        former = path.read_text(encoding="ascii") if path.exists() else ""
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(f"{key}\n{former}", encoding="ascii")
        part.replace(path)

    def destroy(self, owner: str) -> bool:
        """Overwrite and remove an owner's keys; say whether there were any."""
        path = self.path(owner)
        if not path.exists():
            return False
        with path.open("r+b") as file:
            file.write(b"\0" * path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        return True


def _digest(owner: str) -> str:
    return hashlib.sha256(owner.encode(errors="surrogatepass")).hexdigest()[:32]


def _in_file(path: Path) -> tuple[Key, ...]:
    try:
        return tuple(read_keys(path.read_text(encoding="ascii")))
    except (OSError, ValueError):
        return ()


@frozen(eq=False)
class AskedKeys:
    """Keys from a function: `ask(owner)` returns a key, several of them, or None.

    What it raises counts as no key.
    """

    ask: Callable[[str], Any]

    def of(self, owner: str) -> Sequence[Key]:
        """Return an owner's keys."""
        return guarded(self._of, owner, otherwise=lambda _: ())

    def _of(self, owner: str) -> Sequence[Key]:
        answer = self.ask(owner)
        several = answer if isinstance(answer, (list, tuple)) else (answer,)
        return tuple(key for each in several if each for key in read_keys(each))

    def find(self, key: str, owners: Iterable[str]) -> Key | None:
        """Return the key of this id, if it is of one of these owners."""
        return _with_id((each for owner in owners for each in self.of(owner)), key)


@frozen(eq=False)
class Rings:
    """Several places, asked in turn."""

    rings: tuple[KeyRing, ...] = ()

    def of(self, owner: str) -> Sequence[Key]:
        """Return an owner's keys, from the first place that has any."""
        return next((keys for ring in self.rings if (keys := ring.of(owner))), ())

    def find(self, key: str, owners: Iterable[str]) -> Key | None:
        """Return the key of this id."""
        candidates = tuple(owners)
        return next((found for ring in self.rings if (found := ring.find(key, candidates))), None)


def read_keys(value: Secret | str | bytes) -> Iterator[Key]:
    """Yield the keys that are written in a value; raise `ValueError` for what is none."""
    if isinstance(value, bytes):
        yield Key(value)
        return
    text = value.reveal() if isinstance(value, Secret) else value
    yield from map(read_key, text.split())


def key_ring(keys: object) -> KeyRing:
    """Return what finds keys: in a mapping, below a folder, or by asking a function.

    Raises `SettingsError` for what is none of these, and for wrong keys.
    """
    if isinstance(keys, Mapping):
        try:
            return given_keys(keys)
        except ValueError as problem:
            raise SettingsError([str(problem)]) from None
    if isinstance(keys, (str, Path)):
        return FolderKeys(Path(keys).expanduser())
    if callable(keys):
        return AskedKeys(keys)
    if hasattr(keys, "of") and hasattr(keys, "find"):
        return keys
    raise SettingsError(["keys are a mapping, a folder or a function of the owner's name"])
