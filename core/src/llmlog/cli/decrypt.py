"""Open the envelopes of encrypted content, wherever they are: in files, or in the standard input.

What is read may be records, a backend's export or any text; everything else in it stays as it is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from llmlog.encoding import dumps, loads
from llmlog.encryption.opening import Opener
from llmlog.encryption.ring import FolderKeys, KeyRing, Rings
from llmlog.errors import LlmlogError
from llmlog.setup import look


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the files, and where the keys are."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="what to read")
    parser.add_argument("--keys", type=Path, help="folder of keys; those of the settings")


def run(arguments: argparse.Namespace) -> int:
    """Print what was read, opened; say how many envelopes no key opens."""
    opener = Opener(ring(arguments.keys))
    texts = [path.read_text(encoding="utf-8") for path in arguments.files] or [sys.stdin.read()]
    for text in texts:
        sys.stdout.write(opened(text, opener))
    if opener.closed:
        sys.stderr.write(f"{opener.closed} stay closed: their key is not here, or was destroyed\n")
    return 1 if opener.closed else 0


def ring(folder: Path | None) -> KeyRing:
    """Return the keys of a folder, or those that the settings name."""
    rings = (FolderKeys(folder),) if folder else look().settings.key_rings
    if not rings:
        raise LlmlogError("no keys: set LLMLOG_ENCRYPTION_FOLDER, or pass --keys")
    return Rings(rings)


def opened(text: str, opener: Opener) -> str:
    """Return a text opened: as one JSON document, or line by line, as JSON or as it is."""
    if (whole := _json(text, opener)) is not None:
        return f"{whole}\n"
    return "".join(_line(line, opener) for line in text.splitlines(keepends=True))


def _line(line: str, opener: Opener) -> str:
    made = _json(line, opener)
    return str(opener.text(line)) if made is None else f"{made}\n"


def _json(text: str, opener: Opener) -> str | None:
    try:
        value = loads(text)
    except ValueError:
        return None
    return dumps(opener.json(value)).decode()
