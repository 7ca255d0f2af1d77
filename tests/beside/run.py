"""Run both sides and write down which facts each was seen to send: `nox -s beside`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from beside.call import CASES, MARK
from beside.credential import service_account
from beside.facts import Moments, found
from beside.recorder import Authority, Recorder

FOLDER = Path(__file__).parent
SEEN = FOLDER / "seen.json"
KEPT = {fact: f"{fact}-{MARK}" for fact in ("environment", "service", "release")}
Pairs = Mapping[str, Mapping[str, Any]]


def main() -> None:
    """Compare the integrations that are named, or all, and keep what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--theirs", required=True, help="the Python that has LiteLLM")
    parser.add_argument("--folder", help="where what both sides print is kept")
    parser.add_argument("--at-once", default="6", help="calls at a time")
    parser.add_argument("names", nargs="*")
    said = parser.parse_args()
    folder = Path(said.folder or tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    pairs = {name: pair for name, pair in _pairs(folder).items()
             if not said.names or name in said.names}  # fmt: skip
    sides = {"ours": sys.executable, "theirs": said.theirs}
    seen = {side: _side(side, python, pairs, folder, said.at_once)
            for side, python in sides.items()}  # fmt: skip
    _keep(pairs, seen, _litellm(said.theirs))


def _pairs(folder: Path) -> Pairs:
    """Return what to compare, with the credentials that have to be made first."""
    text = (FOLDER / "pairs.json").read_text(encoding="utf-8")
    key = folder / "service-account.json"
    key.write_text(service_account(), encoding="utf-8")
    made: Pairs = json.loads(text.replace("{service account}", str(key)))
    return made


def _litellm(python: str) -> str:
    command = [python, "-c", "import importlib.metadata as m; print(m.version('litellm'))"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _side(side: str, python: str, pairs: Pairs, folder: Path,
          at_once: str) -> dict[str, set[str]]:  # fmt: skip
    """Return the facts that one side sent of each call."""
    own = folder / side
    own.mkdir(exist_ok=True)
    authority = Authority(own)
    worlds = {f"{name}/{case}": Recorder(authority) for name in pairs for case in CASES}
    ports = json.dumps({name: world.port for name, world in worlds.items()})
    command = [python, "-m", f"beside.{side}", ports]
    subprocess.run(command, check=True, cwd=FOLDER.parent,
                   env=_environ(own, authority, pairs, at_once))  # fmt: skip
    return {name: _facts(name, world, own) for name, world in worlds.items()}


def _environ(own: Path, authority: Authority, pairs: Pairs, at_once: str) -> dict[str, str]:
    trusted = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE")
    named = json.loads((FOLDER / "environ.json").read_text(encoding="utf-8"))
    return {
        "PATH": os.environ["PATH"], "HOME": str(own), "TZ": "UTC", "PYTHONUNBUFFERED": "1",
        "BESIDE_FOLDER": str(own), "BESIDE_PAIRS": json.dumps(pairs), "BESIDE_AT_ONCE": at_once,
        **dict.fromkeys(trusted, str(authority.path)),
        **{variable: KEPT.get(value, value) for variable, value in named.items()},
    }  # fmt: skip


def _facts(name: str, world: Recorder, own: Path) -> set[str]:
    """Return the facts of one call that arrived in its world."""
    plain = name.replace("/", "-")
    (own / f"{plain}.sent.txt").write_text("\n".join(world.texts), encoding="utf-8")
    said = [line[1:] for line in (own / f"{plain}.txt").read_text(encoding="utf-8").splitlines()
            if line.startswith("@")]  # fmt: skip
    case = name.partition("/")[2]
    if not said or case not in world.moments:
        return set()
    asked, ended, *ids = json.loads(said[-1])
    heard, *between, answered = world.moments[case]
    moments = Moments(asked, ended, heard, answered, between[0] if between else None)
    return found(case, "\n".join(world.texts), moments, "".join(ids[:1]), KEPT)


def _keep(pairs: Pairs, seen: Mapping[str, Mapping[str, Iterable[str]]], litellm: str) -> None:
    """Write what was seen over what is known of these integrations."""
    known = json.loads(SEEN.read_text(encoding="utf-8")) if SEEN.exists() else {"seen": {}}
    for name in pairs:
        known["seen"][name] = {case: _parted(*(set(seen[side][f"{name}/{case}"])
                                               for side in ("ours", "theirs")))
                               for case in CASES}  # fmt: skip
    known |= {"litellm": litellm, "llmlog": version("llmlog"),
              "seen": dict(sorted(known["seen"].items()))}  # fmt: skip
    SEEN.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def _parted(ours: set[str], theirs: set[str]) -> dict[str, list[str]]:
    return {"both": sorted(ours & theirs), "ours": sorted(ours - theirs),
            "theirs": sorted(theirs - ours)}  # fmt: skip


if __name__ == "__main__":
    main()
