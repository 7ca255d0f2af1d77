"""Which project, as whom, and how the run is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from llmlog import Secret, env


@frozen(kw_only=True)
class Settings:
    """Where the run goes. What is unset here, wandb looks up in its own places."""

    api_key: Secret | None = env(
        "WANDB_API_KEY", default=None, help="unset: what `wandb login` stored"
    )
    project: str = env("WANDB_PROJECT", default="llmlog", help="made if it is not there")
    entity: str | None = env("WANDB_ENTITY", default=None, help="user or team")
    base_url: str | None = env("WANDB_BASE_URL", default=None, help="of your own W&B server")
    mode: Literal["online", "offline", "shared", "disabled"] = env(
        "WANDB_MODE", default="online", help="offline writes files for `wandb sync`"
    )
    dir: Path | None = env(
        "WANDB_DIR", default=None, help="where the run's files are; the working directory"
    )
    run_id: str | None = env(
        "LLMLOG_WANDB_RUN_ID", "WANDB_RUN_ID", default=None,
        help="go on with this run; unset: a new one per process",
    )  # fmt: skip
    run_name: str | None = env("LLMLOG_WANDB_NAME", "WANDB_NAME", default=None, help="of the run")
    group: str | None = env("WANDB_RUN_GROUP", default=None, help="group of runs")
    job_type: str | None = env("WANDB_JOB_TYPE", default=None, help="kind of run")
    run_tags: tuple[str, ...] = env("WANDB_TAGS", default=(), help="tags of the run")
    prefix: str = env(
        "LLMLOG_WANDB_PREFIX", default="llmlog", help="first part of each metric's name"
    )
    table_rows: int = env(
        "LLMLOG_WANDB_TABLE_ROWS", default=10_000, help="rows of a table, before the next begins"
    )
    table_parts: int = env(
        "LLMLOG_WANDB_TABLE_PARTS", default=100, help="parts of a table, before the next begins"
    )
    init_timeout_s: float = env("WANDB_INIT_TIMEOUT", default=30.0, help="seconds to begin the run")
    finish_timeout_s: float = env(
        "WANDB_FINISH_TIMEOUT", default=10.0, help="seconds to upload the rest at the end"
    )

    @property
    def run(self) -> dict[str, Any]:
        """Return what `wandb.Settings` takes: a run of our own that records nothing but calls."""
        found = {
            "api_key": self.api_key.reveal() if self.api_key else None,
            "base_url": self.base_url,
            "project": self.project,
            "entity": self.entity,
            "mode": self.mode,
            "root_dir": str(self.dir) if self.dir else None,
            "run_id": self.run_id,
            "resume": "allow" if self.run_id else None,
            "run_name": self.run_name,
            "run_group": self.group,
            "run_job_type": self.job_type,
            "run_tags": self.run_tags or None,
            "init_timeout": self.init_timeout_s,
            "finish_timeout": self.finish_timeout_s,
        }
        return _SILENT | {name: value for name, value in found.items() if value is not None}


_SILENT = {
    "reinit": "create_new",
    "console": "off",
    "silent": True,
    "save_code": False,
    "disable_git": True,
    "disable_code": True,
    "x_disable_stats": True,
    "x_disable_meta": True,
    "x_disable_machine_info": True,
    "x_save_requirements": False,
}
