"""Pages made from declarations; `python docs/generate.py` writes those that are kept in docs/.

As a hook of mkdocs it adds the pages that depend on the installed plugins.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from llmlog import hookspecs
from llmlog.configuration import CoreSettings, PluginOptions
from llmlog.exporter import ClientExporter, HookPlugin, HTTPExporter
from llmlog.hooks import HOOKS
from llmlog.registry import INSTRUMENTORS, installed
from llmlog.settings import Option, options, variable_name
from llmlog.testing.contract import CONTRACTS, PluginContract

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
inherits `ExporterContract` and with it the sections above its own, a `ClientExporter`
`ClientContract`, a `HookPlugin` `HookContract` or `MetricContract`, an instrumentor
`InstrumentorContract`.

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
    rows = "\n".join(f"| {_line(each)} | `{name}` |" for name, each in clauses.items())
    return f"## {cls.__name__}\n\n{_paragraphs(cls)}\n\n| clause | test |\n|---|---|\n{rows}\n"


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
    """Return the index of the plugins."""
    found = {**installed(), **installed(INSTRUMENTORS)}
    rows = []
    for name, plugin in declared().items():
        form = next((word for cls, word in FORMS.items() if isinstance(plugin, cls)), None)
        form = form or ("instrumentor" if plugin else "bridge")
        requires = found[name].requires if name in found else ()
        active = ", ".join(f"`{variable}`" for variable in requires) or ACTIVE.get(form, "its name")
        rows.append(f"| [{name}](plugins/{name}.md) | {_summary(name)} | {form} | {active} |")
    return "\n".join([
        "# Plugins\n", "| plugin | what it does | form | active with |", "|---|---|---|---|", *rows,
    ]) + "\n"  # fmt: skip


def _summary(name: str) -> str:
    lines = (PLUGINS / name / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith("description = "))
    return line.partition("= ")[2].strip('"')


KEPT: Mapping[str, Callable[[], str]] = {"contract.md": contract, "hooks.md": hooks}
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
