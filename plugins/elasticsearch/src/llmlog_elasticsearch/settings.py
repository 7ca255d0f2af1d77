"""Which cluster, as whom, and into which index or data stream."""

from __future__ import annotations

from attrs import frozen

from llmlog import Secret, env
from llmlog.header import basic


@frozen(kw_only=True)
class Settings:
    """One cluster of Elasticsearch or OpenSearch."""

    url: str = env(
        "ELASTICSEARCH_URL", "OPENSEARCH_URL", help="such as https://es.example.com:9200"
    )
    api_key: Secret | None = env(
        "ELASTIC_API_KEY", "ELASTICSEARCH_API_KEY", default=None,
        help="encoded, as Elasticsearch shows it",
    )  # fmt: skip
    username: str | None = env(
        "ELASTICSEARCH_USERNAME", "OPENSEARCH_USERNAME", default=None, help="in place of api_key"
    )
    password: Secret | None = env(
        "ELASTICSEARCH_PASSWORD", "OPENSEARCH_PASSWORD", default=None, help="belongs to username"
    )
    index: str = env(
        "LLMLOG_ELASTICSEARCH_INDEX", default="logs-llmlog-default",
        help="index, alias or data stream; made by the cluster at the first call",
    )  # fmt: skip
    pipeline: str | None = env(default=None, help="ingest pipeline that each document goes through")

    def __attrs_post_init__(self) -> None:
        """Refuse half a credential."""
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password belong together: set both or neither")

    @property
    def headers(self) -> dict[str, str]:
        """Return the credential."""
        if self.api_key:
            return {"authorization": f"ApiKey {self.api_key.reveal()}"}
        if self.username and self.password:
            return {"authorization": basic(self.username, self.password)}
        return {}
