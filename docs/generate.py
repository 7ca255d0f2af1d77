"""Pages made from declarations; `python docs/generate.py` writes those that are kept in docs/.

As a hook of mkdocs it adds the pages that depend on the installed plugins.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from llmlog import hookspecs
from llmlog.configuration import CoreSettings, PluginOptions
from llmlog.exporter import ClientExporter, HookPlugin, HTTPExporter, Limits
from llmlog.hooks import HOOKS
from llmlog.registry import INSTRUMENTORS, installed
from llmlog.settings import Option, options, variable_name
from llmlog.testing.contract import CONTRACTS, PluginContract

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOCS = Path(__file__).parent
PLUGINS = DOCS.parent / "plugins"
FORMS: Mapping[type, str] = {HTTPExporter: "HTTP", ClientExporter: "client", HookPlugin: "hooks"}
ACTIVE = {"instrumentor": "`llmlog.wrap`", "bridge": "see its page"}


def contract() -> str:
    """Return the page of the contract: a sentence for each clause, and the test that asserts it."""
    sections = "\n".join(_section(cls) for cls in _contracts())
    return f"""\
# The contract

What every plugin promises. Each clause is a test that a plugin's test class inherits from
`llmlog.testing`; a clause that is replaced needs an `xfail` with a reason. An `HTTPExporter`
inherits `ExporterContract` (over OTLP `OTLPContract`) and with it the sections above its own, a
`ClientExporter` `ClientContract`, a `HookPlugin` `HookContract` or `MetricContract`, and an
instrumentor `InstrumentorContract`. A plugin that delivers alerts inherits `TakesAlerts` beside.

{sections}"""


def _contracts() -> Iterator[type]:
    """Yield the classes that hold clauses, those that others rest on first."""
    seen: dict[type, None] = {}
    for public in CONTRACTS:
        for cls in reversed(public.__mro__):
            if cls.__module__.startswith(PluginContract.__module__.rpartition(".")[0]):
                seen.setdefault(cls)
    yield from seen


def _section(cls: type) -> str:
    clauses = {name: each for name, each in vars(cls).items() if name.startswith("test_")}
    rows = "".join(f"| {_line(each)} | `{name}` |\n" for name, each in clauses.items())
    table = f"\n| clause | test |\n|---|---|\n{rows}" if rows else ""
    return f"## {cls.__name__}\n\n{_paragraphs(cls)}\n{table}"


def _line(declared: Any) -> str:
    return (inspect.getdoc(declared) or "").replace("\n", " ").replace("|", "\\|")


def _paragraphs(declared: Any) -> str:
    return inspect.getdoc(declared) or ""


def hooks() -> str:
    """Return the reference of the hooks."""
    sections = "\n".join(_hook(getattr(hookspecs, name)) for name in HOOKS)
    notes = inspect.getdoc(hookspecs) or ""
    return f"""\
# Hooks

{notes}

```python
class Mine:
    @llmlog.hookimpl
    def log_success(self, payload): ...


llmlog.configure(plugins=["langfuse", Mine()])
```

Ask for those arguments that you need, by name. The object may also have:

| method | called |
|---|---|
| `bind(logger)` | once, after activation |
| `check()` | by `llmlog doctor`, which prints the text that it returns |
| `close()` | once, at the end, after the last record |

{sections}"""


def _hook(function: Callable[..., Any]) -> str:
    signature = str(inspect.signature(function)).replace("'", "")
    return (
        f"## {function.__name__}\n\n`{function.__name__}{signature}`\n\n{_paragraphs(function)}\n"
    )


def coverage() -> str:
    """Return what the instrumentors were seen to record, from the tables that their tests keep."""
    tables: dict[str, dict[str, Any]] = {}
    for path in sorted(PLUGINS.glob("*/tests/coverage*.json")):
        rows = json.loads(path.read_text(encoding="utf-8"))
        tables.setdefault(path.parent.parent.name, {}).update(rows)
    reasons: dict[str, int] = {}
    sections = "\n".join(_calls(name, table, reasons) for name, table in tables.items())
    notes = "\n".join(f"{number}. {reason}" for reason, number in reasons.items())
    return f"""\
# Coverage

What each instrumentor records: every type of call, ended in every way, each cell a test against the
library's own client and a server on loopback that speaks the provider's protocol. ✓ is one record
that says how the call ended; a number is the reason why there is nothing to record.

- **success**: an answer. **stream**: pieces, read to the end. **tool call**: an answer that asks
  for a tool.
- **cancelled**: a stream that is closed after its first piece, or an async call whose task is
  cancelled; the record is `aborted`.
- **4xx**, **5xx**: a refusal of 400 and a breakdown of 503. **timeout**: a server that says nothing
  for longer than the client waits.

{sections}
{notes}
"""


def _calls(name: str, table: Mapping[str, Mapping[str, str]], reasons: dict[str, int]) -> str:
    outcomes = list(next(iter(table.values())))
    head = f"| call | {' | '.join(outcomes)} |\n|---|{'---|' * len(outcomes)}"
    rows = []
    for call, cells in table.items():
        marks = ("✓" if said == "seen" else str(reasons.setdefault(said, len(reasons) + 1))
                 for said in cells.values())  # fmt: skip
        rows.append(f"| {call} | {' | '.join(marks)} |")
    return f"## {name}\n\n{head}\n" + "\n".join(rows) + "\n"


def settings() -> str:
    """Return the reference of all settings: llmlog's, those of every plugin, each plugin's own."""
    order = "Looked up in code, then the environment, then `llmlog.toml`; the first found wins."
    parts = [
        f"# Settings\n\n{order}\n",
        f"## llmlog\n\n{_table(None, CoreSettings)}",
        f"## Every plugin\n\nIn the table `[plugin.NAME]`.\n\n{_table('NAME', PluginOptions)}",
    ]
    for name, plugin in declared().items():
        if getattr(plugin, "settings", None):
            parts.append(f"## {name}\n\n{_table(name, plugin.settings)}")
    return "\n".join(parts)


def _table(plugin: str | None, cls: type) -> str:
    rows = "\n".join(_row(plugin, option) for option in options(cls))
    return f"| setting | variables | type | default | what it is |\n|---|---|---|---|---|\n{rows}\n"


def _row(plugin: str | None, option: Option) -> str:
    own = variable_name(plugin, option.name)
    variables = ", ".join(f"`{name}`" for name in dict.fromkeys((*option.variables, own)))
    kind = option.type.replace("|", "or") + (", secret" if option.secret else "")
    default = "required" if option.required else _shown(option.default)
    return f"| `{option.name}` | {variables} | {kind} | {default} | {option.help} |"


def _shown(default: Any) -> str:
    return "" if default is None or default == () else f"`{default}`"


def declared() -> dict[str, Any]:
    """Return the plugins of the repository by name, imported; None for one that is no plugin."""
    found = {**installed(), **installed(INSTRUMENTORS)}
    names = sorted(path.parent.name for path in PLUGINS.glob("*/pyproject.toml"))
    return {name: found[name].load() if name in found else None for name in names}


def plugins() -> str:
    """Return the index of the plugins, and what is known of each destination."""
    return (
        f"# Plugins\n\n{_table_of(_INDEX, map(_index_row, declared().items()))}\n"
        f"{_FACTS_INTRO}\n{_table_of(_FACTS, filter(None, map(_facts_row, declared().items())))}"
    )


_INDEX = ("plugin", "what it does", "form", "active with")
_FACTS = ("plugin", "transport", "proven against", "a batch holds", "copies", "partial success",
          "redaction", "tenants")  # fmt: skip
_SAID = re.compile(r"^- (Proven against|Copies): (.+)\.$", re.MULTILINE)
_FACTS_INTRO = """\
## Destinations

Retries and accounts are the core's and the same for all of them, and so is redaction: no plugin
sees what its policy hides. Tenants are those of an exporter: each has a credential, a lane and an
account of its own. What a mapping is proven against: a `server` that takes what is sent (the real
one or an emulator), the vendor's published `specification`, `models` or `client`, or its
`documentation` alone.
"""


def _table_of(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (heads, ["---"] * len(heads), *rows)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _index_row(item: tuple[str, Any]) -> Sequence[str]:
    name, plugin = item
    found = {**installed(), **installed(INSTRUMENTORS)}
    form = next((word for cls, word in FORMS.items() if isinstance(plugin, cls)), None)
    form = form or ("instrumentor" if plugin else "bridge")
    requires = found[name].requires if name in found else ()
    active = ", ".join(f"`{variable}`" for variable in requires) or ACTIVE.get(form, "its name")
    return (f"[{name}](plugins/{name}.md)", _metadata(name)["project"]["description"], form, active)


def _facts_row(item: tuple[str, Any]) -> Sequence[str] | None:
    name, plugin = item
    said = dict(_SAID.findall((PLUGINS / name / "README.md").read_text(encoding="utf-8")))
    if plugin is None or not said:
        return None
    return (
        f"[{name}](plugins/{name}.md)", _transport(name, plugin), said["Proven against"],
        _batch(plugin), said["Copies"],
        "read" if getattr(plugin, "read_reply", None) or isinstance(plugin, ClientExporter) else "",
        "by policy",
        "yes" if isinstance(plugin, (HTTPExporter, ClientExporter)) else "no",
    )  # fmt: skip


def _transport(name: str, plugin: Any) -> str:
    needs = _metadata(name)["project"]["dependencies"]
    otlp = any(need.startswith("llmlog[otlp]") for need in needs)
    return "OTLP" if otlp else FORMS[type(plugin)]


def _batch(plugin: Any) -> str:
    limits = getattr(plugin, "limits", None)
    if not isinstance(limits, Limits):
        return "" if limits is None else "by its settings"
    size = "" if limits.bytes is None else f", {limits.bytes:,} bytes"
    return f"{limits.events:,} events{size}"


def _metadata(name: str) -> dict[str, Any]:
    return tomllib.loads((PLUGINS / name / "pyproject.toml").read_text(encoding="utf-8"))


def available() -> str:
    """Return what `llmlog plugins --available` prints: each distribution of the repository."""
    names = sorted(path.parent.name for path in PLUGINS.glob("*/pyproject.toml"))
    found = {name: _metadata(name)["project"]["description"] for name in names}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def beside() -> str:
    """Return which facts we and LiteLLM were seen to send, from what `nox -s beside` kept."""
    folder = DOCS.parent / "tests" / "beside"
    known, said, pairs = (json.loads((folder / name).read_text(encoding="utf-8"))
                          for name in ("seen.json", "reasons.json", "pairs.json"))  # fmt: skip
    rows = [_compared(name, pairs[name].get("ours", name), call, parted, said)
            for name, calls in known["seen"].items() for call, parted in calls.items()]  # fmt: skip
    facts = sorted({fact for calls in known["seen"].values() for parted in calls.values()
                    for side in parted.values() for fact in side})  # fmt: skip
    why = [(name, fact, reason) for name, reasons in said["why"].items()
           for fact, reason in reasons.items()]  # fmt: skip
    return _BESIDE.format(
        litellm=known["litellm"], llmlog=known["llmlog"], facts=", ".join(facts),
        rows=_table_of(("LiteLLM", "plugin", "call", "both", "only ours", "only LiteLLM's"), rows),
        why=_table_of(("LiteLLM", "fact", "why we do not send it"), why),
        absent=_table_of(("LiteLLM", "why"), said["not compared"].items()),
        left=_table_of(("backend", "what only LiteLLM has"), said["left out"].items()),
    )  # fmt: skip


def _compared(name: str, ours: str, call: str, parted: Mapping[str, Sequence[str]],
              said: Mapping[str, Mapping[str, str]]) -> Sequence[str]:  # fmt: skip
    theirs = ", ".join(parted["theirs"])
    if not parted["theirs"] and not parted["both"]:
        reason = said["silent"].get(name)
        theirs = f"sent nothing: {reason}" if reason else "sent nothing"
    return (name, ours, call, str(len(parted["both"])), ", ".join(parted["ours"]), theirs)


_BESIDE = """\
# Beside LiteLLM

LiteLLM {litellm} and llmlog {llmlog} make the same calls to one scripted model: an answer, a
refusal, a stream. Each has one integration at a time, and whatever host it sends to is one recorder
on the same machine, which says yes to everything. The calls are made of words and numbers that
stand nowhere else, so a fact was sent if its word or number is in what arrived: in bodies,
unpacked and decoded, not in headers. `nox -s beside` does it again.

Looked for: {facts}.

That a fact arrived says that it is there, not that it is where the backend looks for it; that is
what the golden files and proofs of each plugin are about. An integration of LiteLLM's that sends
its whole record as one text has every fact in this table. Of the calls of a tree, of prompts' names
and versions, and of what a proxy knows about teams and budgets nothing is said here. Environment,
service and release are told to LiteLLM by the variables that it documents, where it has any.

{rows}
## What only LiteLLM sends

{why}
Beyond facts of a call, and left out on purpose:

{left}
## Not compared

{absent}"""


KEPT: Mapping[str, Callable[[], str]] = {
    "beside.md": beside,
    "contract.md": contract,
    "hooks.md": hooks,
    "coverage.md": coverage,
    "../core/src/llmlog/available.json": available,
}
MADE: Mapping[str, Callable[[], str]] = {"settings.md": settings, "plugins.md": plugins}


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that depend on the installed plugins."""
    from mkdocs.structure.files import File

    for name, make in MADE.items():
        files.append(File.generated(config, name, content=make()))
    for path in sorted(PLUGINS.glob("*/README.md")):
        text = path.read_text(encoding="utf-8").replace("../../docs/", "../")
        files.append(File.generated(config, f"plugins/{path.parent.name}.md", content=text))
    return files


if __name__ == "__main__":
    for name, make in KEPT.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
        sys.stdout.write(f"{name}\n")
