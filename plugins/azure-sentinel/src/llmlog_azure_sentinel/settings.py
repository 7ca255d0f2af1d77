"""Which data collection rule, and as whom."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote

from attrs import frozen
from azure.core.credentials import AccessToken, TokenCredential

from llmlog import Secret, env

API_VERSION = "2023-01-01"


@frozen
class FixedToken:
    """A token that was got elsewhere."""

    token: Secret

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        """Return it, whatever it is for; when it ends is not known here."""
        return AccessToken(self.token.reveal(), 0)


@frozen(kw_only=True)
class Settings:
    """One stream of a data collection rule."""

    endpoint: str = env(
        "AZURE_SENTINEL_ENDPOINT", help="logs ingestion endpoint of the rule, or of a DCE"
    )
    rule_id: str = env("AZURE_SENTINEL_DCR_IMMUTABLE_ID", help="immutable id of the rule: dcr-...")
    stream: str = env(
        "AZURE_SENTINEL_STREAM_NAME", default="Custom-LLMLog_CL", help="a stream that it declares"
    )
    tenant_id: str | None = env(
        "AZURE_SENTINEL_TENANT_ID", "AZURE_TENANT_ID", default=None, help="of the application"
    )
    client_id: str | None = env(
        "AZURE_SENTINEL_CLIENT_ID", "AZURE_CLIENT_ID", default=None,
        help="of the application, or of a managed identity",
    )  # fmt: skip
    client_secret: Secret | None = env(
        "AZURE_SENTINEL_CLIENT_SECRET", "AZURE_CLIENT_SECRET", default=None,
        help="unset: azure-identity's own search",
    )  # fmt: skip
    authority_host: str = env(
        "AZURE_AUTHORITY_HOST", default="https://login.microsoftonline.com", help="of the cloud"
    )
    scope: str = env(
        default="https://monitor.azure.com/.default", help="monitor.azure.us, monitor.azure.cn"
    )
    token: Secret | None = env(default=None, help="an access token got elsewhere, before all else")
    timeout_s: float = env(default=30.0, help="seconds to wait for an answer")

    def __attrs_post_init__(self) -> None:
        """Refuse a secret of nobody."""
        if self.client_secret and not (self.tenant_id and self.client_id):
            raise ValueError("client_secret needs tenant_id and client_id beside it")

    @property
    def address(self) -> str:
        """Return the whole address."""
        rule, stream = quote(self.rule_id, safe=""), quote(self.stream, safe="")
        path = f"dataCollectionRules/{rule}/streams/{stream}"
        return f"{self.endpoint.rstrip('/')}/{path}?api-version={API_VERSION}"


@cache
def credential(settings: Settings) -> TokenCredential:
    """Return who gives tokens: the fixed one, the application, else azure-identity's search."""
    from azure.identity import ClientSecretCredential, DefaultAzureCredential

    if settings.token:
        return FixedToken(settings.token)
    authority, secret = settings.authority_host, settings.client_secret
    if secret and settings.tenant_id and settings.client_id:
        return ClientSecretCredential(
            settings.tenant_id, settings.client_id, secret.reveal(), authority=authority
        )
    return DefaultAzureCredential(
        authority=authority, managed_identity_client_id=settings.client_id
    )
