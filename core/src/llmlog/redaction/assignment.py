"""Credentials known by what stands before them: `password=`, `Bearer `, `https://user:...@`."""

from __future__ import annotations

import re

from llmlog.redaction.chance import by_chance
from llmlog.redaction.name import may_be_of_key
from llmlog.redaction.rule import Rule, Span

_NAMES = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "api_key", "api-key", "apikey",
    "access_key", "access-key", "accesskey", "private_key", "private-key", "privatekey",
    "secret_key", "secret-key", "secretkey", "account_key", "account-key", "accountkey",
    "signing_key", "encryption_key", "master_key", "credential", "authorization", "x-api-key",
    "ocp-apim-subscription-key", "sharedaccesskey", "cookie",
)  # fmt: skip
_SCHEMES = ("bearer", "basic", "token", "digest", "negotiate", "apikey", "key")
_PROSE = frozenset({"secret", "token", "credential", "authorization", "cookie"})

_VALUE = (
    r"(?:\\?[\"'](?P<quoted>[^\s\"'\\]{4,100})\\?[\"']"
    r"|(?:\\?[\"'])?(?P<value>[^\s\"'\\,;&<>(){}\[\]]{4,}))"
)
_ASSIGNED = re.compile(
    rf"(?P<name>{'|'.join(map(re.escape, sorted(_NAMES, key=len, reverse=True)))})"
    rf"(?:\\?[\"'])?\s{{0,3}}(?:=>|:=|==?|:|%3d)\s{{0,3}}{_VALUE}"
)
_PLACEHOLDER = re.compile(r"\[credential:[a-z0-9_]{1,32}\]")
_HEADER = re.compile(rf"(?P<name>{'|'.join(_SCHEMES)})\s{{1,3}}(?P<value>[a-z0-9._~+/=-]{{8,}})")


def _assigned(text: str, match: re.Match[str]) -> Span | None:
    start, stop = match.span("quoted" if match["quoted"] else "value")
    value = text[start:stop]
    placeholder = _PLACEHOLDER.match(text, max(0, match.start() - 1))
    if placeholder or (match["name"] in _PROSE and not _odd(value)):
        return None
    return start, stop


def _header(text: str, match: re.Match[str]) -> Span | None:
    start, stop = match.span("value")
    value = text[start:stop]
    return (start, stop) if _odd(value) or value.endswith("=") else None


_VENDORS = (
    "adafruit", "adobe", "airtable", "algolia", "alibaba", "asana", "atlassian", "beamer",
    "bitbucket", "bittrex", "cloudflare", "codecov", "cohere", "co_api_key", "coinbase",
    "confluence", "confluent", "contentful", "datadog", "discord", "dnkey", "droneci", "dropbox",
    "etsy", "facebook", "fastly", "finicity", "finnhub", "flickr", "freshbooks", "gitter",
    "gocardless", "heroku", "hubspot", "intercom", "jfrog", "artifactory", "bintray", "xray",
    "jira", "kraken", "kucoin", "launchdarkly", "lob", "linear", "linkedin", "linked-in",
    "linked_in", "looker", "mailchimp", "mailgun", "mapbox", "mattermost", "meraki",
    "messagebird", "message_bird", "message-bird", "netlify", "new-relic", "newrelic",
    "new_relic", "nytimes", "new-york-times", "newyorktimes", "okta", "plaid", "privateai",
    "private_ai", "private-ai", "rapidapi", "sendbird", "sentry", "snyk", "sonar", "squarespace",
    "sumo", "travis", "trello", "twitch", "twitter", "yandex", "zendesk",
)  # fmt: skip
"""Whose credentials have no form of their own: only their name tells them."""

_OF_VENDOR = re.compile(
    rf"(?:{'|'.join(sorted(_VENDORS, key=len, reverse=True))})[\w. \t-]{{0,20}}[\s'\"]{{0,3}}"
    r"(?:=>?|:{1,3}=|:|>|\|\||\?=|,)[`'\"\s=]{0,5}"
    r"(?P<value>[a-z0-9_=-]{14,160}(?![a-z0-9_=/+.@-])|[a-z0-9_=/+-]{40,160})(?![a-z0-9_=/+.@-])"
)
_FEWEST_DIGITS = 3


def _of_vendor(text: str, match: re.Match[str]) -> Span | None:
    """Return a value that a vendor's name announces, if it looks like a key."""
    value = text[match.start("value") : match.end("value")]
    letters = any(map(str.isalpha, value)) or len(value) > 15  # noqa: PLR2004
    good = letters and sum(map(str.isdigit, value)) >= _FEWEST_DIGITS
    path = "/" in value or "+" in value
    return match.span("value") if good and (not path or by_chance(value)) else None


LEAST_OF_KEY, MOST_OF_KEY = 16, 200
_OF_KEY = re.compile(
    r"(?P<name>key|private|access)(?:[_-]?[0-9]{1,2})?(?:\\?[\"'])?\s{0,3}(?:=>|:=|==?|:|%3d)\s{0,3}"
    rf"(?:\\?[\"'])?(?P<value>[a-z0-9_+/.-]{{{LEAST_OF_KEY},{MOST_OF_KEY}}}={{0,2}})"
    "(?![a-z0-9_=+/.@-])"
)
_NAME, _LONGEST_NAME = re.compile(r"[\w-]+\Z"), 40


def _of_key(text: str, match: re.Match[str]) -> Span | None:
    """Return a value made by chance that stands behind a name such as `MAPS_KEY`."""
    start, stop = match.span("value")
    before = _NAME.search(text, match.start() - _LONGEST_NAME, match.start())
    good = before and may_be_of_key(text[before.start() : match.end("name")])
    return (start, stop) if good and by_chance(text[start:stop]) else None


def _odd(value: str) -> bool:
    """Say whether a value is no word of a language: a digit, or a capital inside."""
    return any(map(str.isdigit, value)) or not (value[1:].islower() or value.isupper())


ASSIGNMENT_RULES: tuple[Rule, ...] = (
    Rule(name="credential:header", kind="credential", needles=_SCHEMES, pattern=_HEADER,
         check=_header, view="folded", anchored=True),
    Rule(name="credential:assigned", kind="credential", needles=_NAMES, pattern=_ASSIGNED,
         check=_assigned, view="folded", anchored=True),
    Rule(name="credential:vendor", kind="credential", needles=_VENDORS, pattern=_OF_VENDOR,
         check=_of_vendor, view="folded", anchored=True),
    Rule(name="credential:key", kind="credential", needles=("key", "private", "access"),
         pattern=_OF_KEY, check=_of_key, view="folded", anchored=True),
    Rule(name="credential:userinfo", kind="credential", needles=("://",),
         pattern=re.compile(r"://(?P<value>[^\s/?#@\"'<>\[\]]+)@"),
         check=lambda _, match: match.span("value")),
)  # fmt: skip
"""Rules that hide a value and leave its name."""
