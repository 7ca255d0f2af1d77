"""Make a folder with a working plugin of your own: settings, a mapping, its tests, its CI."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from llmlog.errors import LlmlogError

_TEMPLATE = files("llmlog") / "templates" / "plugin"
_NEXT = """\
made {folder}

  cd {folder}
  python -m pip install --editable . --group test
  pytest
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the answers to the template's questions."""
    questions = json.loads((_TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    parser.add_argument("name", help="what users write in LLMLOG_PLUGINS, such as my-backend")
    parser.add_argument("--form", choices=questions["form"], default=questions["form"][0])
    parser.add_argument("--description", help="what it does, in one line")
    parser.add_argument("--author", help="the author in its metadata")
    parser.add_argument("--directory", type=Path, default=Path(), help="where to put the folder")


def run(arguments: argparse.Namespace) -> int:
    """Make the folder and print what to type next."""
    name = arguments.name.removeprefix("llmlog-")
    folder = bake(arguments.directory, {
        "name": name,
        "form": arguments.form,
        "description": arguments.description or f"Send LLM calls to {name}",
        "_authors": arguments.author or f"the llmlog-{name} authors",
        "_standalone": True,
    })  # fmt: skip
    sys.stdout.write(_NEXT.format(folder=folder))
    return 0


def bake(directory: Path, answers: dict[str, Any]) -> Path:
    """Make a plugin's folder in `directory`; raise `LlmlogError` when that cannot be done."""
    try:
        from cookiecutter.exceptions import (  # type: ignore[import-untyped]
            CookiecutterException,
        )
        from cookiecutter.main import cookiecutter  # type: ignore[import-untyped]
    except ImportError as problem:
        message = "cookiecutter is not installed: pip install 'llmlog[new]'"
        raise LlmlogError(message) from problem
    logging.getLogger("cookiecutter").addHandler(logging.NullHandler())  # no traces of its own
    try:
        with as_file(_TEMPLATE) as template:
            made = cookiecutter(str(template), no_input=True, extra_context=answers,
                                output_dir=str(directory), default_config=True)  # fmt: skip
    except CookiecutterException as problem:
        message = f"nothing was made: {problem}"
        raise LlmlogError(message) from problem
    return Path(made)
