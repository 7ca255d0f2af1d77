"""Credentials as their vendors write them: a fixed beginning and a tail.

Sources: the vendors' own pages on their keys. A pattern must be linear: after its fixed beginning
it either matches or gives up within a bounded number of characters.
"""

from __future__ import annotations

import re

from llmlog.redaction.rule import Rule

_W = "[A-Za-z0-9_-]"
_A = "[A-Za-z0-9]"
_PEM = r"(?:[^-]|-(?!----))*(?:-----END [A-Z0-9 ]{0,40}-----)?"

_TABLE: tuple[tuple[str, str, str], ...] = (
    ("openai", "sk-proj-", _W + "{16,}"),
    ("anthropic", "sk-ant-", _W + "{16,}"),
    ("openrouter", "sk-or-", _W + "{16,}"),
    ("langfuse", "sk-lf-", _W + "{16,}"),
    ("secret_key", "sk-", rf"(?<![a-z]sk-)(?=[a-z_-]{{0,15}}[A-Z0-9]){_W}{{16,}}"),
    ("stripe", "sk_live_", _A + "{10,}"),
    ("stripe", "sk_test_", _A + "{10,}"),
    ("stripe", "rk_live_", _A + "{10,}"),
    ("stripe", "rk_test_", _A + "{10,}"),
    ("webhook", "whsec_", "[A-Za-z0-9+/=]{16,}"),
    ("aws", "AKIA", "[A-Z0-9]{16}"),
    ("aws", "ASIA", "[A-Z0-9]{16}"),
    ("aws", "ABSK", "[A-Za-z0-9+/=]{40,}"),
    ("google", "AIza", _W + "{30,}"),
    ("google", "ya29.", _W + "{20,}"),
    ("google", "GOCSPX-", _W + "{20,}"),
    ("google", "1//0", _W + "{30,}"),
    ("github", "ghp_", _A + "{16,}"),
    ("github", "gho_", _A + "{16,}"),
    ("github", "ghu_", _A + "{16,}"),
    ("github", "ghs_", _A + "{16,}"),
    ("github", "ghr_", _A + "{16,}"),
    ("github", "github_pat_", "[A-Za-z0-9_]{22,}"),
    ("gitlab", "glpat-", _W + "{16,}"),
    ("gitlab", "glrt-", _W + "{16,}"),
    ("gitlab", "gldt-", _W + "{16,}"),
    ("gitlab", "glptt-", _W + "{16,}"),
    ("slack", "xoxb-", "[A-Za-z0-9-]{10,}"),
    ("slack", "xoxp-", "[A-Za-z0-9-]{10,}"),
    ("slack", "xoxa-", "[A-Za-z0-9-]{10,}"),
    ("slack", "xoxr-", "[A-Za-z0-9-]{10,}"),
    ("slack", "xoxs-", "[A-Za-z0-9-]{10,}"),
    ("slack", "xoxe.", "[A-Za-z0-9.-]{10,}"),
    ("slack", "xapp-", "[A-Za-z0-9-]{10,}"),
    ("slack", "hooks.slack.com/", "[A-Za-z0-9/_-]{16,}"),
    ("discord", "discord.com/api/webhooks/", "[A-Za-z0-9/_-]{16,}"),
    ("huggingface", "hf_", _A + "{20,}"),
    ("groq", "gsk_", _A + "{20,}"),
    ("xai", "xai-", _A + "{20,}"),
    ("perplexity", "pplx-", _A + "{20,}"),
    ("replicate", "r8_", _A + "{20,}"),
    ("nvidia", "nvapi-", _W + "{20,}"),
    ("langsmith", "lsv2_", "[A-Za-z0-9_]{20,}"),
    ("langsmith", "ls__", _A + "{20,}"),
    ("pinecone", "pcsk_", "[A-Za-z0-9_]{20,}"),
    ("tavily", "tvly-", _W + "{16,}"),
    ("databricks", "dapi", "[0-9a-f]{32}"),
    ("npm", "npm_", _A + "{20,}"),
    ("pypi", "pypi-", _W + "{16,}"),
    ("docker", "dckr_pat_", _W + "{16,}"),
    ("digitalocean", "dop_v1_", "[0-9a-f]{32,}"),
    ("digitalocean", "doo_v1_", "[0-9a-f]{32,}"),
    ("sendgrid", "SG.", rf"{_W}{{16,64}}\.{_W}{{16,64}}"),
    ("newrelic", "NRAK-", _A + "{20,}"),
    ("grafana", "glsa_", "[A-Za-z0-9_]{20,}"),
    ("grafana", "glc_", "[A-Za-z0-9+/=]{20,}"),
    ("sentry", "sntrys_", "[A-Za-z0-9+/=_-]{20,}"),
    ("sentry", "sntryu_", "[0-9a-f]{32,}"),
    ("posthog", "phx_", _A + "{20,}"),
    ("square", "sq0atp-", _W + "{16,}"),
    ("square", "sq0csp-", _W + "{16,}"),
    ("shopify", "shpat_", "[0-9a-fA-F]{20,}"),
    ("shopify", "shpss_", "[0-9a-fA-F]{20,}"),
    ("vault", "hvs.", _W + "{16,}"),
    ("terraform", ".atlasv1.", _W + "{30,}"),
    ("doppler", "dp.pt.", _A + "{20,}"),
    ("linear", "lin_api_", _A + "{20,}"),
    ("notion", "ntn_", _A + "{20,}"),
    ("supabase", "sbp_", "[0-9a-f]{32,}"),
    ("planetscale", "pscale_tkn_", _W + "{16,}"),
    ("postman", "PMAK-", "[0-9a-f-]{24,}"),
    ("figma", "figd_", _W + "{16,}"),
    ("airtable", "pat", rf"(?<![A-Za-z0-9]pat){_A}{{14}}\.[0-9a-f]{{64}}"),
    ("age", "AGE-SECRET-KEY-1", "[A-Z0-9]{20,}"),
    ("facebook", "EAACEdEose0cBA", "[A-Za-z0-9]{10,}"),
    ("jwt", "eyJ", rf"(?<![A-Za-z0-9_-]eyJ){_W}{{8,}}\.{_W}{{8,}}(?:\.{_W}*)?"),
    ("private_key", "-----BEGIN ",
     r"[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----" + _PEM),
)  # fmt: skip


def _rule(label: str, beginning: str, tail: str) -> Rule:
    return Rule(
        name=f"credential:{label}", kind="credential", needles=(beginning,),
        pattern=re.compile(re.escape(beginning) + tail),
    )  # fmt: skip


VENDOR_RULES: tuple[Rule, ...] = tuple(_rule(*row) for row in _TABLE)
