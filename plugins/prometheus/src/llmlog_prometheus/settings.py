"""Where the metrics are served, and how many series there may be."""

from __future__ import annotations

from attrs import frozen

from llmlog import env
from llmlog.errors import nearest
from llmlog_prometheus.label import LABELS


@frozen(kw_only=True)
class Settings:
    """One port, one set of labels."""

    port: int | None = env(
        "LLMLOG_PROMETHEUS_PORT", default=None,
        help="serve the metrics here; unset opens no port, 0 takes a free one",
    )  # fmt: skip
    host: str = env(
        "LLMLOG_PROMETHEUS_HOST", default="127.0.0.1", help="listen here; 0.0.0.0 is everywhere"
    )
    labels: tuple[str, ...] = env(
        default=("provider", "model", "kind", "status", "environment", "service"),
        help=f"any of {', '.join(LABELS)}",
    )
    label_values: int = env(default=50, help="values of a label; any further one becomes other")
    label_sets: int = env(default=1_000, help="combinations of values; further calls are all other")
    remembered_ids: int = env(default=50_000, help="latest records, which are not counted again")

    def __attrs_post_init__(self) -> None:
        """Refuse labels that are not offered, or that are named twice."""
        for number, label in enumerate(self.labels):
            if label not in LABELS or label in self.labels[:number]:
                raise ValueError(f"labels: there is no further {label!r}{nearest(label, LABELS)}")
        if self.port is not None and not 0 <= self.port < 2**16:
            raise ValueError(f"port: say a number from 0 to 65535, not {self.port}")
