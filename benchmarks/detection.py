"""How much the masks find: recall per kind of secret and of personal data, and false alarms.

    pip install 'llmlog[privacy]' credsweeper faker rstr pyyaml cryptography
    python benchmarks/detection.py            # prints the tables
    python benchmarks/detection.py --write    # writes them into docs/detection.md
    python benchmarks/detection.py --gitleaks gitleaks.toml    # with samples of those rules, too
    python benchmarks/detection.py --kingfisher data/rules     # and of these

Secrets are made, by seed, from the patterns that CredSweeper publishes for each vendor, and from
those in copies of gitleaks' settings and of Kingfisher's rules; private keys in base64 are new
ones, since no pattern can describe them; personal data by Faker, in two sets of twelve locales. Of
the second, eight national ids were known when the rules were written (Norway's, Denmark's,
Finland's, Czechia's, Switzerland's, Belgium's, Romania's and Turkey's), and nothing else was
looked at. Each is put into sentences, settings, JSON and addresses. What is clean is Faker's prose,
the sources of Python's standard library, and records of times, ids and measures. No sample is real.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import sys
import sysconfig
import time
import uuid
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import credsweeper
import rstr
import tomllib
import yaml
from attrs import frozen
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from faker import Faker
from kingfisher import LEAST, forms

from llmlog.redaction.budget import Bounds, Budget
from llmlog.redaction.masking import Masking, Masks
from llmlog.redaction.rule import KINDS

SEEDS, EACH = (20_261_101, 4_711), 10
PAGE = Path(__file__).parent.parent / "docs" / "detection.md"
LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "pt_BR", "zh_CN", "ko_KR",
           "sv_SE", "en_IN")  # fmt: skip
FURTHER = ("nl_NL", "nl_BE", "da_DK", "fi_FI", "no_NO", "cs_CZ", "tr_TR", "ro_RO", "pt_PT", "de_CH",
           "es_MX", "ja_JP")  # fmt: skip
CARRIERS = ("Use {} for this.", "it is {}", "key: {}\nnext line", '{{"value": "{}"}}', "a,{},b",
            "see https://example.com/?v={}&x=1", "({})", "`{}`")  # fmt: skip
PEOPLE = ("Write to {}.", "it is {}", "contact: {}\nnext line", '{{"value": "{}"}}', "a;{};b",
          "({})")  # fmt: skip
CALLS = (
    "Call me at {}.",
    "phone: {}",
    '{{"mobile": "{}"}}',
    "Tel. {}, please",
    "fax {}\nnext line",
)
NOT_ONE_FORM = frozenset({
    "DOC_GET", "DOC_CREDENTIALS", "SECRET_PAIR", "PASSWD_PAIR", "IP_ID_PASSWORD_TRIPLE",
    "ID_PAIR_PASSWD_PAIR", "ID_PASSWD_PAIR", "SQL Password", "CURL Options", "CURL User Password",
    "CMD ConvertTo-SecureString", "CMD Password", "CMD Token", "CMD Secret", "URL Credentials",
    "Basic Authorization", "Bearer Authorization", "UUID", "Firebase Domain", "AWS S3 Bucket",
    "Product Activation Key", "Tencent WeChat API App ID",
})  # fmt: skip
"""Rules of whole phrases, which the canary matrix is about, and of what is no secret."""

NOT_A_FORM = frozenset({
    "airtable-personnal-access-token", "curl-auth-header", "curl-auth-user", "jwt-base64",
    "kubernetes-secret-yaml", "microsoft-teams-webhook", "nuget-config-password", "private-key",
    "sidekiq-sensitive-url", "sidekiq-secret", "slack-webhook-url", "hashicorp-tf-password",
    "generic-api-key",
})  # fmt: skip
"""Rules of gitleaks from whose patterns no samples can be made, and of whole phrases."""


MOST_NAMED = 40
MASKS = Masks(kinds=frozenset(KINDS))


@frozen
class Row:
    """How many samples of one kind were found."""

    name: str
    found: int
    tried: int

    @property
    def recall(self) -> float:
        """Return the share that was found."""
        return self.found / self.tried


def masked(text: str) -> tuple[str, Counter[str]]:
    """Return a text as the masks leave it, and which of them fired."""
    masking = Masking(MASKS, Budget(Bounds(seconds=60.0)))
    return masking.text(text), masking.counts


def hidden(sample: str, carrier: str) -> bool:
    """Say whether neither a sample nor its last part is left."""
    made, _ = masked(carrier.format(sample))
    return sample not in made and sample[-12:] not in made


def row(name: str, samples: list[str], carriers: tuple[str, ...]) -> Row:
    """Return what is found of some samples, each in the next carrier."""
    found = sum(hidden(sample, carriers[number % len(carriers)])
                for number, sample in enumerate(samples))  # fmt: skip
    return Row(name, found, len(samples))


def secrets(seed: int) -> Iterator[Row]:
    """Yield a row for each vendor's rule."""
    path = Path(credsweeper.__file__).parent / "rules" / "config.yaml"
    for rule in yaml.safe_load(path.read_text(encoding="utf-8")):
        if rule["type"] == "pattern" and rule["name"] not in NOT_ONE_FORM:
            maker = rstr.Rstr(random.Random(f"{seed} {rule['name']}"))
            forms = [form for pattern in rule["values"] if (form := value_of(pattern))]
            samples = [maker.xeger(forms[number % len(forms)]) for number in range(EACH)]
            known = rule["name"] == "BASE64 Private Key"
            yield row(rule["name"], private_keys() if known else samples, CARRIERS)


def private_keys() -> list[str]:
    """Return new keys in base64, as no pattern can describe them."""
    formats, no = serialization.PrivateFormat, serialization.NoEncryption()
    locked = serialization.BestAvailableEncryption(b"fake")
    curves = (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())
    made: list[tuple[Any, Any, Any]] = [
        (rsa.generate_private_key(65537, 2048), form, lock)
        for form, lock in ((formats.TraditionalOpenSSL, no), (formats.PKCS8, no),
                           (formats.PKCS8, locked))
    ]  # fmt: skip
    for curve in curves:
        key = ec.generate_private_key(curve)
        made += [(key, formats.TraditionalOpenSSL, no), (key, formats.PKCS8, no)]
    made.append((ed25519.Ed25519PrivateKey.generate(), formats.PKCS8, no))
    der = serialization.Encoding.DER
    return [b64encode(key.private_bytes(der, form, lock)).decode() for key, form, lock in made]


def gitleaks(path: Path, seed: int) -> Iterator[tuple[bool, Row]]:
    """Yield a row for each rule of gitleaks, and whether a name must announce the secret."""
    for rule in tomllib.loads(path.read_text(encoding="utf-8"))["rules"]:
        pattern = _sampled(rule.get("regex", ""))
        if pattern and rule["id"] not in NOT_A_FORM:
            maker = rstr.Rstr(random.Random(f"{seed} {rule['id']}"))
            whole = [text for _ in range(EACH) if re.search(pattern, text := maker.xeger(pattern))]
            announced = ":{1,3}=" in pattern or "=>" in pattern
            found = sum(
                _found(pattern, text, number, announced=announced)
                for number, text in enumerate(whole)
            )
            if whole:
                yield announced, Row(rule["id"], found, len(whole))


def _found(pattern: str, text: str, number: int, *, announced: bool) -> bool:
    match = re.search(pattern, text)
    assert match
    longest = max((*match.groups(), ""), key=lambda group: len(group or ""))
    secret = longest if len(longest) >= LEAST else match[0]
    carrier = "{}" if announced else CARRIERS[number % len(CARRIERS)]
    made, _ = masked(carrier.format(text if announced else secret))
    return secret not in made and secret[-12:] not in made


def kingfisher(folder: Path, seed: int) -> Iterator[tuple[bool, Row]]:
    """Yield a row for each rule of Kingfisher, and whether a name must announce the secret."""
    for form in forms(folder):
        samples = list(form.samples(seed, EACH))
        found = 0
        for number, (text, secret) in enumerate(samples):
            carrier = "{}" if form.announced else CARRIERS[number % len(CARRIERS)]
            made, _ = masked(carrier.format(text))
            found += secret not in made and secret[-12:] not in made
        if samples:
            yield form.announced, Row(form.id.partition(".")[2], found, len(samples))


def _sampled(pattern: str) -> str:
    """Return a pattern that rstr can make samples of: bounded, without boundaries and flags."""
    marks = ((r"\(\?i\)", ""), (r"\(\?-?i?s?:", "(?:"), (r"\\x60", "`"), (r"\\[bzA]", ""),
             (r"\(\?:\[`'\"\\s;\]\|\\\\\[nr\]\|\$\)", ""))  # fmt: skip
    for mark, instead in marks:
        pattern = re.sub(mark, instead, pattern)
    pattern = re.sub(r"\{(\d{3,})\}", "{90}", pattern)
    return re.sub(r"\{(\d+),(\d*)\}", _bounded, pattern)


def value_of(pattern: str) -> str | None:
    """Return the part of a rule's pattern that stands for the secret, bounded to sample from it."""
    start = pattern.find("(?P<value>")
    if start < 0:
        return None
    body = pattern[start + len("(?P<value>") : _end(pattern, start)]
    body = re.sub(r"\{(\d+),(\d+)\}", _bounded, body)
    return re.sub(r"\(\?[a-z]+:", "(?:", body)


def _bounded(repeat: re.Match[str]) -> str:
    """Return a repetition with less than a hundred turns, which is what rstr can make."""
    least = min(int(repeat[1]), 70)
    return f"{{{least},{min(int(repeat[2] or 999), least + 25)}}}"


def _end(pattern: str, start: int) -> int:
    depth, escaped, in_class = 0, False, False
    for at, character in enumerate(pattern[start:], start):
        if escaped or character == "\\":
            escaped = not escaped
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character in "()":
            depth += 1 if character == "(" else -1
            if depth == 0:
                return at
    return len(pattern)


def people(locales: tuple[str, ...], seed: int) -> Iterator[Row]:
    """Yield a row for each kind of personal data and locale; those without check digits too."""
    for kind, make in MAKERS.items():
        for locale in locales:
            fake = Faker(locale)
            fake.seed_instance(seed)
            carriers = CALLS if kind == "phone behind a word" else PEOPLE
            yield row(f"{kind} {locale}", [make(fake) for _ in range(EACH)], carriers)


MAKERS: Mapping[str, Callable[[Faker], str]] = {
    "email": lambda fake: fake.email(),
    "phone": lambda fake: fake.phone_number(),
    "phone behind a word": lambda fake: fake.phone_number(),
    "card": lambda fake: fake.credit_card_number(),
    "iban": lambda fake: fake.iban(),
    "national id": lambda fake: fake.ssn(),
    "ip": lambda fake: fake.ipv4_public() if fake.boolean() else fake.ipv6(),
    "name": lambda fake: fake.name(),
    "address": lambda fake: fake.address().replace("\n", ", "),
}


def clean() -> Iterator[tuple[str, int, Counter[str]]]:
    """Yield texts without secrets: their name, size, and which masks fired all the same."""
    prose = [fake_prose(locale) for locale in LOCALES]
    yield "prose in twelve languages", *alarms(prose)
    library = Path(sysconfig.get_paths()["stdlib"])
    names = ("argparse.py", "ast.py", "asyncio/base_events.py", "codecs.py", "datetime.py",
             "decimal.py", "email/message.py", "enum.py", "functools.py", "inspect.py",
             "json/decoder.py", "logging/__init__.py", "os.py", "pathlib.py", "pickle.py",
             "random.py", "shutil.py", "subprocess.py", "tarfile.py", "tempfile.py", "textwrap.py",
             "threading.py", "typing.py", "unittest/mock.py", "uuid.py", "zipfile.py",
             "statistics.py", "locale.py")  # fmt: skip
    found = [library / name for name in names if (library / name).exists()]
    yield "Python's standard library", *alarms([path.read_text("utf-8") for path in found])
    yield "records of numbers", *alarms(["\n".join(records())])


def records() -> Iterator[str]:
    """Yield records of what looks like an identity and is none: times, ids, hashes, measures."""
    chance = random.Random(SEEDS[0])
    for number in range(4_000):
        seconds = 1_700_000_000 + chance.randrange(90_000_000)
        yield json.dumps({
            "n": number, "s": seconds, "ms": seconds * 1000 + chance.randrange(1000),
            "ns": seconds * 10**9 + chance.randrange(10**9),
            "id": f"{chance.getrandbits(128):032x}",
            "uuid": str(uuid.UUID(int=chance.getrandbits(128))),
            "snowflake": chance.getrandbits(60),
            "score": chance.random(), "price": f"{chance.randrange(10**7) / 100:,.2f}",
            "order": f"ORD-{chance.randrange(10**8):08}",
            "commit": f"{chance.getrandbits(160):040x}",
            "version": ".".join(str(chance.randrange(30)) for _ in range(3)),
            "day": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)),
        })  # fmt: skip


def fake_prose(locale: str) -> str:
    """Return forty thousand characters of prose."""
    fake = Faker(locale)
    fake.seed_instance(SEEDS[0])
    text = ""
    while len(text) < 40_000:
        text += fake.paragraph(nb_sentences=8) + "\n"
    return text


def alarms(texts: list[str]) -> tuple[int, Counter[str]]:
    """Return the size of texts, and which masks fired on them."""
    total: Counter[str] = Counter()
    for text in texts:
        for line in text.splitlines():
            total.update(masked(line)[1])
    return sum(map(len, texts)), total


def page(rules: Path | None = None, third: Path | None = None) -> str:
    """Return the page for the documentation."""
    found = _together(secrets(seed) for seed in SEEDS)
    whole = ", ".join(sorted(each.name for each in found if each.recall == 1))
    every = f"Recall over {len(found)} kinds: **{_share(found)}**. Found every time: {whole}."
    seeds = " and ".join(map(str, SEEDS))
    return "\n".join((
        "# What the masks find", "", (__doc__ or "").split("\n\n")[2].strip(), "",
        f"Made by `benchmarks/detection.py` with seeds {seeds}, {EACH} samples of each per seed.",
        "", "## Secrets", "", every, "", *_misses(found), *_second(rules), *_third(third),
        "## Personal data", "", "In the locales that the rules were written for:", "",
        *_matrix(LOCALES), "In further ones:", "", *_matrix(FURTHER), *REMARKS, "",
        "## False alarms", "", *_alarms(),
    ))  # fmt: skip


REMARKS = (
    "Names and addresses are not looked for. A phone number in one row of digits, without a zero,",
    "a plus or a word such as `phone` before it, looks like any other number and is left alone,",
    "and so are three groups of three (`570 276 161`), four of two (`27 87 12 90`) and two of four",
    "(`1604 0401`): they would hide amounts, rows of tables and pairs of years. Faker's identity",
    "numbers have no right check digits in some locales, and no form of their own in others.",
)


def _together(draws: Iterable[Iterable[Row]]) -> list[Row]:
    """Return the rows of several draws, added up by name."""
    sums: dict[str, tuple[int, int]] = {}
    for each in itertools.chain.from_iterable(draws):
        found, tried = sums.get(each.name, (0, 0))
        sums[each.name] = found + each.found, tried + each.tried
    return [Row(name, *counts) for name, counts in sums.items()]


def _second(path: Path | None) -> list[str]:
    """Return the lines about gitleaks' rules."""
    if path is None:
        return []
    rows = [each for seed in SEEDS for each in gitleaks(path, seed)]
    return [line for announced, title in TITLES.items()
            for line in _told(rows, announced, "gitleaks'", title)]  # fmt: skip


TITLES = {False: "that have a form of their own", True: "that only a vendor's name announces"}
HELD_OUT = (
    "Kingfisher's rules were taken as a third list when the others were known. Before any of its",
    "misses was looked at, the masks found **60.2 %** of its kinds that have a form of their own,",
    "and **43.8 %** of those that only a name announces: that is what to expect of forms that",
    "nobody has told us. Afterwards forms were added and names such as `MAPS_KEY` learnt.",
    "",
)


def _third(folder: Path | None) -> list[str]:
    """Return the lines about Kingfisher's rules."""
    if folder is None:
        return []
    rows = [each for seed in SEEDS for each in kingfisher(folder, seed)]
    return [*HELD_OUT, *(line for announced, title in TITLES.items()
                         for line in _told(rows, announced, "Kingfisher's", title))]  # fmt: skip


def _told(rows: list[tuple[bool, Row]], announced: object, whose: str, title: str) -> list[str]:
    """Return what was found of the kinds of a list, with the misses by name if they are few."""
    found = _together([[row for flag, row in rows if flag is announced]])
    missed = [f"{each.name} {each.found} of {each.tried}" for each in found if each.recall < 1]
    never = sum(each.found == 0 for each in found)
    few = len(missed) <= MOST_NAMED
    told = (", ".join(sorted(missed)) or "none") if few else f"{len(missed)}, always {never}"
    head = f"Of {whose} {len(found)} kinds {title}: **{_share(found)}**."
    return [f"{head} Missed, at least sometimes: {told}.", ""]


def _share(rows: list[Row]) -> str:
    return f"{100 * sum(each.found for each in rows) / sum(each.tried for each in rows):.1f} %"


def _misses(rows: list[Row]) -> list[str]:
    missed = sorted(
        (each for each in rows if each.recall < 1), key=lambda each: (each.recall, each.name)
    )
    head = ["Missed, at least sometimes:", "", "| kind | recall |", "|---|---|"]
    return [*head, *(f"| {each.name} | {each.found} of {each.tried} |" for each in missed), ""]


def _matrix(locales: tuple[str, ...]) -> list[str]:
    table: dict[str, dict[str, Row]] = defaultdict(dict)
    for each in _together(people(locales, seed) for seed in SEEDS):
        kind, _, locale = each.name.rpartition(" ")
        table[kind][locale] = each
    head = ["| kind | all | " + " | ".join(locales) + " |", "|---" * (len(locales) + 2) + "|"]
    return [*head, *(
        f"| {kind} | **{_share(list(row.values()))}** | "
        + " | ".join(f"{100 * row[locale].recall:.0f}" for locale in locales) + " |"
        for kind, row in table.items()), ""]  # fmt: skip


def _alarms() -> list[str]:
    lines = ["| text | characters | masked without reason |", "|---|---|---|"]
    for name, size, counts in clean():
        told = ", ".join(f"{rule} {count}" for rule, count in counts.most_common()) or "nothing"
        lines.append(f"| {name} | {size:,} | {told} |")
    return [*lines, ""]


def main() -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/detection.md")
    parser.add_argument("--gitleaks", type=Path, help="a copy of gitleaks' settings")
    parser.add_argument("--kingfisher", type=Path, help="the folder of Kingfisher's rules")
    options = parser.parse_args()
    made = page(options.gitleaks, options.kingfisher)
    if options.write:
        PAGE.write_text(made, encoding="utf-8")
    else:
        sys.stdout.write(made)


if __name__ == "__main__":
    main()
