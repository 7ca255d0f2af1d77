"""What a user says of names and places."""

from __future__ import annotations

from attrs import frozen

from llmlog import env

TECHNICAL = (
    "provider_name", "request_model", "response_model", "response_id", "server_address",
    "deployment_id", "model_alias", "service_tier", "finish_reasons", "key_alias", "key_hash",
    "cache_key", "environment", "service_name", "release", "host_name", "sdk_version",
    "usage", "cost", "rate_limit", "chunks", "changes",
)  # fmt: skip
"""Fields that name no person: a model's name may look like one."""


@frozen(kw_only=True)
class Settings:
    """What to look for, in which language, and what to put in its place."""

    entities: tuple[str, ...] = env(
        default=("PERSON", "LOCATION"),
        help="what to hide, in Presidio's words: PERSON, LOCATION, NRP, ORGANIZATION, ...",
    )
    language: str = env(default="en", help="the language of the texts: en, de, es, ...")
    model: str = env(
        default="en_core_web_sm", help="the spaCy model: an installed package, or a folder"
    )
    threshold: float = env(default=0.5, help="how sure it must be, 0 to 1")
    placeholder: str = env(
        default="[{entity}]", help="what stands in the place; {entity} is what it was: person"
    )
    leave: tuple[str, ...] = env(
        default=TECHNICAL, help="fields of the record to leave as they are"
    )

    def __attrs_post_init__(self) -> None:
        if not self.entities:
            raise ValueError("entities: say what to hide, such as PERSON")
        if not 0.0 <= self.threshold <= 1.0:
            raise ValueError(f"threshold: say a number from 0 to 1, not {self.threshold}")
