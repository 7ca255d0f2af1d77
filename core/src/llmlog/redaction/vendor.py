"""Credentials as their vendors write them: a fixed beginning and a tail.

Sources: the vendors' own pages on their keys. A pattern must be linear: after its fixed beginning
it either matches or gives up within a bounded number of characters.
"""

from __future__ import annotations

import re

from llmlog.redaction.rule import Check, Rule, Span

_W = "[A-Za-z0-9_-]"
_A = "[A-Za-z0-9]"
_B = "[A-Za-z0-9_=+/-]"
_HEX = "[0-9a-f]"
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
    ("aws", "ABSK", "[A-Za-z0-9+/=]{28,}"),
    ("google", "AIza", _W + "{30,}"),
    ("google", "ya29.", _W + "{20,}"),
    ("google", "GOCSPX-", _W + "{20,}"),
    ("google", "1//0", _W + "{30,}"),
    ("github", "ghp_", _W + "{16,}"),
    ("github", "gho_", _W + "{16,}"),
    ("github", "ghu_", _W + "{16,}"),
    ("github", "ghs_", rf"[0-9]{{1,20}}_eyJ{_W}{{8,}}(?:\.{_W}*)*"),
    ("github", "ghs_", _W + "{16,}"),
    ("github", "ghr_", _W + "{16,}"),
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
    ("huggingface", "hf_", _W + "{20,}"),
    ("groq", "gsk_", _W + "{20,}"),
    ("xai", "xai-", _W + "{20,}"),
    ("perplexity", "pplx-", _W + "{20,}"),
    ("replicate", "r8_", _A + "{20,}"),
    ("nvidia", "nvapi-", _W + "{20,}"),
    ("langsmith", "lsv2_", "[A-Za-z0-9_]{20,}"),
    ("langsmith", "ls__", _A + "{20,}"),
    ("pinecone", "pcsk_", "[A-Za-z0-9_]{20,}"),
    ("tavily", "tvly-", _W + "{16,}"),
    ("databricks", "dapi", "[0-9a-f]{32}"),
    ("npm", "npm_", _W + "{20,}"),
    ("pypi", "pypi-", _W + "{16,}"),
    ("docker", "dckr_pat_", _W + "{16,}"),
    ("digitalocean", "dop_v1_", "[0-9a-f]{32,}"),
    ("digitalocean", "doo_v1_", "[0-9a-f]{32,}"),
    ("sendgrid", "SG.", rf"{_W}{{16,64}}\.{_W}{{16,64}}"),
    ("newrelic", "NRAK-", _A + "{20,}"),
    ("grafana", "glsa_", _W + "{20,}"),
    ("grafana", "glc_", "[A-Za-z0-9+/=_-]{20,}"),
    ("sentry", "sntrys_", "[A-Za-z0-9+/=_-]{20,}"),
    ("sentry", "sntryu_", "[0-9a-f]{32,}"),
    ("posthog", "phx_", _W + "{20,}"),
    ("square", "sq0atp-", _W + "{16,}"),
    ("square", "sq0csp-", _W + "{16,}"),
    ("shopify", "shpat_", "[0-9a-fA-F]{20,}"),
    ("shopify", "shpss_", "[0-9a-fA-F]{20,}"),
    ("vault", "hvs.", _W + "{16,}"),
    ("doppler", "dp.pt.", _A + "{20,}"),
    ("linear", "lin_api_", _A + "{20,}"),
    ("notion", "ntn_", _W + "{20,}"),
    ("supabase", "sbp_", "(?:v0_)?[0-9a-f]{32,}"),
    ("planetscale", "pscale_tkn_", "[.A-Za-z0-9_-]{16,}"),
    ("postman", "PMAK-", "[0-9a-f-]{24,}"),
    ("figma", "figd_", _W + "{16,}"),
    ("airtable", "pat", rf"(?<![A-Za-z0-9]pat){_A}{{14}}\.[0-9a-f]{{64}}"),
    ("age", "AGE-SECRET-KEY-1", "[A-Z0-9]{20,}"),
    ("facebook", "EAACEdEose0cBA", "[A-Za-z0-9]{10,}"),
    ("jwt", "eyJ", rf"(?<![A-Za-z0-9_-]eyJ){_B}{{8,}}(?:\.{_B}*){{2,}}"),
    ("jwt", "eyJ", rf"(?<![A-Za-z0-9_-]eyJ){_W}{{8,}}\.{_W}{{8,}}"),
    ("1password", "ops_eyJ", _W + "{20,}"),
    ("akamai", "akab-", "[0-9a-z]{16}-[0-9a-z]{16}"),
    ("alibaba", "LTAI", rf"(?<![A-Za-z0-9]LTAI){_A}{{12,}}"),
    ("atlassian", "ATATT3xFfGF0", r"[A-Za-z0-9_=%\\-]{20,}"),
    ("aws", "da2-", "[a-z0-9]{26}"),
    ("aws", "amzn.mws.", "[0-9a-z-]{32,}"),
    ("aws", "bedrock-api-key-", "[A-Za-z0-9+/=]{28,}"),
    *(("aws", start, rf"(?<![A-Za-z0-9]{start})[A-Z0-9]{{16,17}}(?![A-Za-z0-9])")
      for start in ("ABIA", "ACCA", "AGPA", "AIDA", "ANPA", "ANVA", "AROA", "APKA", "ASCA")),
    ("bitbucket", "ATBB", _A + "{28,}"),
    ("bitbucket", "ATCTT3xFfGN0", r"[A-Za-z0-9_=%\\-]{20,}"),
    ("bitbucket", "BBDC-", _W + "{20,}"),
    ("brevo", "xkeysib-", _W + "{32,}"),
    ("circleci", "CCIPAT_", _W + "{20,}"),
    ("clojars", "CLOJARS_", _HEX + "{40,}"),
    *(("cloudflare", start, _A + "{30,}") for start in ("cfat_", "cfut_", "cfk_")),
    ("contentful", "CFPAT-", _W + "{30,}"),
    ("defined", "dnkey-", "[A-Z2-7-]{40,}"),
    ("digitalocean", "dor_v1_", _HEX + "{32,}"),
    ("digitalocean", "dos_v1_", _HEX + "{32,}"),
    ("docker", "dckr_oat_", _W + "{16,}"),
    ("docker", "SWMTKN-1-", "[0-9a-z-]{40,}"),
    ("docker", "SWMKEY-1-", _W + "{30,}"),
    *(("doppler", f"dp.{word}.", _A + "{20,}") for word in ("st", "ct", "sa", "scim", "audit")),
    ("dropbox", "sl.", rf"(?<![A-Za-z0-9]sl\.)(?:u\.)?{_W}{{60,}}"),
    ("dynatrace", "dt0", r"[a-z][0-9]{2}\.[0-9A-Z]{24}\.[0-9A-Z]{40,}"),
    ("facebook", "EAA", rf"(?<![A-Za-z0-9]EAA){_W}{{60,}}"),
    *(("gitlab", f"gl{word}-", _W + "{16,}")
      for word in ("agent", "soat", "ffct", "pat", "oas", "cbt", "imt", "rtr", "ft", "wt")),
    ("gitlab", "GR1348941", _W + "{16,}"),
    ("gitlab", "_gitlab_session=", _W + "{16,}"),
    ("heroku", "HRKU-", _W + "{30,}"),
    ("instagram", "IGQVJ", _B + "{50,}"),
    ("jfrog", "cmVmdGtuO", _W + "{40,}"),
    ("jfrog", "AKCp", _W + "{60,}"),
    ("llama", "llx-", _W + "{32,}"),
    ("mailgun", "key-", rf"(?<![A-Za-z0-9]key-)[0-9a-z]{{32}}(?!{_W})"),
    ("netlify", "nfp_", _A + "{30,}"),
    ("newrelic", "NRBR-", _HEX + "{19,}"),
    ("newrelic", "NRII-", _W + "{20,}"),
    ("newrelic", "NRJS-", "[0-9a-z]{19,}"),
    ("ntlm", "TlRMTVNTUAA", _B + "{20,}"),
    ("nuget", "oy2", rf"(?<!{_W}oy2)[a-z0-9]{{43}}(?!{_W})"),
    ("nylas", "nyk_v0_", _W + "{30,}"),
    *(("paserk", f"k{version}.{word}.", _W + "{15,}")
      for version in "1234" for word in ("local", "secret", "local-pw", "secret-pw")),
    *(("paseto", f"v{version}.{word}.", rf"{_W}{{15,}}(?:\.{_W}*)?")
      for version in "1234" for word in ("local", "public")),
    ("paypal", "access_token$production$", "[0-9a-z$]{40,}"),
    ("planetscale", "pscale_oauth_", "[.A-Za-z0-9_-]{16,}"),
    ("planetscale", "pscale_pw_", "[.A-Za-z0-9_-]{16,}"),
    *(("posthog", start, _W + "{32,}") for start in ("pha_", "phc_", "phr_", "phs_")),
    ("postman", "PMAT-", "[0-9A-Z]{20,}"),
    ("private_key", "LS0tLS1CRUdJTi", _B + "{20,}"),
    ("pulumi", "pul-", _HEX + "{40}"),
    ("riot", "RGAPI-", "[0-9a-f-]{36}"),
    ("rubygems", "rubygems_", _HEX + "{40,}"),
    ("salesforce", "3MVG", "[0-9A-Za-z_.]{24,}"),
    *(("shopify", start, "[0-9a-fA-F]{20,}") for start in ("shpca_", "shppa_", "shptka_")),
    ("slack", "xox", "[a-z]-[A-Za-z0-9-]{10,}"),
    ("slack", "/T", r"[0-9A-Z]{8,16}/B[0-9A-Z]{8,16}/[0-9A-Za-z_]{24}"),
    *(("sonarqube", start, _HEX + "{40}") for start in ("sqa_", "sqp_", "squ_")),
    ("sourcegraph", "sgp_", "[0-9a-z_]{40,}"),
    ("square", "sq0", rf"[a-z]{{3}}-{_W}{{16,}}"),
    ("stripe", "pk_live_", _A + "{10,}"),
    ("stripe", "pk_test_", _A + "{10,}"),
    ("tailscale", "tskey-", _W + "{20,}"),
    ("together", "tgp_v1_", _W + "{30,}"),
    ("twitter", "AAAAAAAAAAAAAAAAAAAAA", r"[0-9A-Za-z%\\]{60,}"),
    ("typeform", "tfp_", _W + "{40,}"),
    ("vault", "hvb.", _W + "{16,}"),
    ("vault", "hvr.", _W + "{16,}"),
    ("vercel", "vcp_", _A + "{30,}"),
    ("wakatime", "waka_", "[0-9a-f-]{36}"),
    ("wundergraph", "cosmo_", _HEX + "{32}"),
    ("private_key", "-----BEGIN ",
     r"[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----" + _PEM),
)  # fmt: skip


def _rule(label: str, beginning: str, tail: str) -> Rule:
    return Rule(
        name=f"credential:{label}", kind="credential", needles=(beginning,),
        pattern=re.compile(re.escape(beginning) + tail),
    )  # fmt: skip


def _whole(before: str, most: int) -> Check:
    """Return a check that hides what stands before a match too, at most `most` characters."""

    def check(text: str, found: re.Match[str]) -> Span | None:
        start = found.start()
        least = max(0, start - most)
        while start > least and (text[start - 1].isalnum() or text[start - 1] in before):
            start -= 1
        return (start, found.end())

    return check


def _shaped(label: str, pattern: str, needles: tuple[str, ...], check: Check | None = None) -> Rule:
    return Rule(name=f"credential:{label}", kind="credential", needles=needles, check=check,
                pattern=re.compile(pattern, re.ASCII))  # fmt: skip


_ALONE, _END = "(?<![A-Za-z0-9_-])", "(?![A-Za-z0-9_-])"
_SHAPED: tuple[Rule, ...] = (
    _shaped("azure", r"8Q~[A-Za-z0-9_~.-]{31,}", ("8Q~",), _whole("_~.-", 3)),
    _shaped("azure", r"JQQJ9[9DH][0-9A-Za-z]{26}[A-Za-z0-9=]{0,4}", ("JQQJ9",), _whole("", 52)),
    _shaped("terraform", rf"\.atlasv1\.{_W}{{30,}}", (".atlasv1.",), _whole("_-", 14)),
    _shaped("mailchimp", rf"(?<={_W}{{32}})-us[0-9]{{1,2}}{_END}", ("-us",), _whole("_-", 32)),
    _shaped("mailgun", rf"{_ALONE}{_HEX}{{32}}-{_HEX}{{8}}-{_HEX}{{8}}{_END}", ("-",)),
    _shaped("telegram", rf"{_ALONE}[0-9]{{8,10}}:{_W}{{35}}{_END}", (":",)),
    _shaped("facebook", rf"{_ALONE}[0-9]{{12,18}}\|{_W}{{24,28}}{_END}", ("|",)),
    _shaped("discord", rf"{_ALONE}[MNO]{_W}{{23,27}}\.{_W}{{6}}\.{_W}{{27,40}}", (".",)),
    _shaped("discord", rf"/[0-9]{{16,22}}/{_W}{{40,}}", ("/",)),
    _shaped("nkey", rf"{_ALONE}S[ACNOPUX][A-Z2-7]{{40,}}{_END}",
            ("SA", "SC", "SN", "SO", "SP", "SU", "SX")),
    _shaped("twilio", rf"{_ALONE}[A-Z]{{2}}(?:{_HEX}{{32}}|[0-9A-F]{{32}}){_END}",
            ("AC", "SK", "SM", "SC", "CA", "KS", "PN", "US")),
)  # fmt: skip

VENDOR_RULES: tuple[Rule, ...] = (*(_rule(*row) for row in _TABLE), *_SHAPED)
