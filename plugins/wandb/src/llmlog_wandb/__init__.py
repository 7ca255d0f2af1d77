"""Log LLM calls to a run of Weights & Biases: metrics per call, and a table of records.

https://docs.wandb.ai/models/track/log
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from llmlog import ClientExporter, Limits, Secret, env
from llmlog.chat import present
from llmlog.naming import renamed
from llmlog_wandb.journal import Journal, metrics, row

__all__ = ["Journal", "Settings", "exporter", "metrics", "row"]

SILENT = {
    "reinit": "create_new", "console": "off", "silent": True, "save_code": False,
    "disable_git": True, "disable_code": True, "x_disable_stats": True, "x_disable_meta": True,
    "x_disable_machine_info": True, "x_save_requirements": False,
}  # fmt: skip
"""A run of our own that records nothing but calls."""
NAMES = {
    "base_url": "base_url", "project": "project", "entity": "entity", "mode": "mode",
    "run_id": "run_id", "run_name": "run_name", "run_group": "group", "run_job_type": "job_type",
    "init_timeout": "init_timeout_s", "finish_timeout": "finish_timeout_s",
}  # fmt: skip
Mode = Literal["online", "offline", "shared", "disabled"]


def _known(name: str, default: Any = None, *, help: str) -> Any:  # noqa: A002
    """Declare a setting that wandb has a variable for; that of llmlog alone comes first."""
    return env(f"LLMLOG_WANDB_{name}", f"WANDB_{name}", default=default, help=help)


@frozen(kw_only=True)
class Settings:
    """Where the run goes. What is unset here, wandb looks up in its own places."""

    api_key: Secret | None = _known("API_KEY", help="unset: what `wandb login` stored")
    project: str = _known("PROJECT", "llmlog", help="made if it is not there")
    entity: str | None = _known("ENTITY", help="user or team")
    base_url: str | None = _known("BASE_URL", help="of your own W&B server")
    mode: Mode = _known("MODE", "online", help="offline writes files for `wandb sync`")
    dir: Path | None = _known("DIR", help="where the run's files are; the working directory")
    run_id: str | None = _known("RUN_ID", help="go on with this run; unset: a new one per process")
    run_name: str | None = _known("NAME", help="of the run")
    group: str | None = _known("RUN_GROUP", help="group of runs")
    job_type: str | None = _known("JOB_TYPE", help="kind of run")
    run_tags: tuple[str, ...] = _known("TAGS", (), help="tags of the run")
    prefix: str = env(default="llmlog", help="first part of each metric's name")
    table_rows: int = env(default=10_000, help="rows of a table, before the next begins")
    table_parts: int = env(default=100, help="parts of a table, before the next begins")
    init_timeout_s: float = _known("INIT_TIMEOUT", 30.0, help="seconds to begin the run")
    finish_timeout_s: float = _known("FINISH_TIMEOUT", 10.0, help="seconds to upload the rest")

    @property
    def run(self) -> dict[str, Any]:
        """Return what `wandb.Settings` takes."""
        return {**SILENT, **renamed(self, NAMES), **present({
            "api_key": self.api_key.reveal() if self.api_key else None,
            "root_dir": str(self.dir) if self.dir else None,
            "resume": "allow" if self.run_id else None, "run_tags": self.run_tags or None,
        })}  # fmt: skip


exporter = ClientExporter(
    name="wandb", settings=Settings, connect=Journal, close=Journal.close,
    send=lambda journal, _, batch: journal.log(batch), retryable=(OSError,),
    limits=Limits(events=500, age_s=15.0),
)  # fmt: skip
