"""Send LLM calls to Argilla: one record of a dataset per call, for people to look at and judge.

https://docs.argilla.io and the bulk route of the vendor's server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import Factory, frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog_argilla.record import SOURCES, record

__all__ = ["Settings", "encode", "exporter"]


@frozen(kw_only=True)
class Settings:
    """One dataset of an Argilla server, and what goes into its fields."""

    api_key: Secret = env("ARGILLA_API_KEY", help="of a user who may write to the dataset")
    dataset_id: str = env("ARGILLA_DATASET_ID", help="UUID of the dataset; it must be published")
    url: str = env(
        "ARGILLA_API_URL",
        "ARGILLA_BASE_URL",
        default="http://localhost:6900",
        help="of the server or of a Hugging Face Space",
    )
    fields: Mapping[str, str] = env(
        "LLMLOG_ARGILLA_FIELDS",
        default=Factory(lambda: {"messages": "messages", "response": "response"}),
        help="field=source, with commas between; sources: messages, prompt, response, record",
    )
    properties: tuple[str, ...] = env(
        "LLMLOG_ARGILLA_PROPERTIES",
        default=(),
        help="metadata properties that the dataset has, such as model or cost",
    )

    def __attrs_post_init__(self) -> None:
        """Refuse a source that there is not."""
        for field, source in self.fields.items():
            if source not in SOURCES:
                message = f"fields: {field}={source}: the sources are {', '.join(SOURCES)}"
                raise ValueError(message)


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one record of each payload; one with its id is replaced."""
    return Request.json(
        f"{settings.url.rstrip('/')}/api/v1/datasets/{settings.dataset_id}/records/bulk",
        {"items": [record(payload, settings.fields, settings.properties) for payload in batch]},
        {"x-argilla-api-key": settings.api_key.reveal()},
        method="PUT",
    )


exporter = HTTPExporter(
    name="argilla",
    settings=Settings,
    encode=encode,
    limits=Limits(events=500, bytes=5_000_000, gzip=False),
)
"""The number is that of the server's models; it publishes no size."""
