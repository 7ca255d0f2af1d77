"""How much the masks find: recall per kind of secret and of personal data, and false alarms.

    pip install 'llmlog[privacy]' credsweeper faker rstr pyyaml
    python benchmarks/detection.py            # prints the tables
    python benchmarks/detection.py --write    # writes them into docs/detection.md

Secrets are made, by seed, from the patterns that CredSweeper publishes for each vendor; personal
data by Faker, in twelve locales. Each is put into sentences, settings, JSON and addresses. What is
clean is Faker's prose and the sources of Python's standard library. No sample is real.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import sysconfig
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import credsweeper
import rstr
import yaml
from attrs import frozen
from faker import Faker

from llmlog.redaction.budget import Bounds, Budget
from llmlog.redaction.masking import Masking, Masks
from llmlog.redaction.rule import KINDS

SEED, EACH = 20_261_101, 10
PAGE = Path(__file__).parent.parent / "docs" / "detection.md"
LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "pt_BR", "zh_CN", "ko_KR",
           "sv_SE", "en_IN")  # fmt: skip
CARRIERS = ("Use {} for this.", "it is {}", "key: {}\nnext line", '{{"value": "{}"}}', "a,{},b",
            "see https://example.com/?v={}&x=1", "({})", "`{}`")  # fmt: skip
PEOPLE = ("Write to {}.", "it is {}", "contact: {}\nnext line", '{{"value": "{}"}}', "a;{};b",
          "({})")  # fmt: skip
NOT_ONE_FORM = frozenset({
    "DOC_GET", "DOC_CREDENTIALS", "SECRET_PAIR", "PASSWD_PAIR", "IP_ID_PASSWORD_TRIPLE",
    "ID_PAIR_PASSWD_PAIR", "ID_PASSWD_PAIR", "SQL Password", "CURL Options", "CURL User Password",
    "CMD ConvertTo-SecureString", "CMD Password", "CMD Token", "CMD Secret", "URL Credentials",
    "Basic Authorization", "Bearer Authorization", "UUID", "Firebase Domain", "AWS S3 Bucket",
    "Product Activation Key", "Tencent WeChat API App ID",
})  # fmt: skip
"""Rules of whole phrases, which the canary matrix is about, and of what is no secret."""


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
    masking = Masking(Masks(kinds=frozenset(KINDS), own=()), Budget(Bounds(seconds=60.0)))
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


def secrets() -> Iterator[Row]:
    """Yield a row for each vendor's rule."""
    path = Path(credsweeper.__file__).parent / "rules" / "config.yaml"
    for rule in yaml.safe_load(path.read_text(encoding="utf-8")):
        if rule["type"] == "pattern" and rule["name"] not in NOT_ONE_FORM:
            maker = rstr.Rstr(random.Random(f"{SEED} {rule['name']}"))
            forms = [form for pattern in rule["values"] if (form := value_of(pattern))]
            samples = [maker.xeger(forms[number % len(forms)]) for number in range(EACH)]
            yield row(rule["name"], samples, CARRIERS)


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
    return f"{{{least},{min(int(repeat[2]), least + 25)}}}"


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


def people() -> Iterator[Row]:
    """Yield a row for each kind of personal data and locale; those without check digits too."""
    for kind, make in MAKERS.items():
        for locale in LOCALES:
            fake = Faker(locale)
            fake.seed_instance(SEED)
            yield row(f"{kind} {locale}", [make(fake) for _ in range(EACH)], PEOPLE)


MAKERS: Mapping[str, Callable[[Faker], str]] = {
    "email": lambda fake: fake.email(),
    "phone": lambda fake: fake.phone_number(),
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


def fake_prose(locale: str) -> str:
    """Return forty thousand characters of prose."""
    fake = Faker(locale)
    fake.seed_instance(SEED)
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


def page() -> str:
    """Return the page for the documentation."""
    found, persons = list(secrets()), list(people())
    whole = ", ".join(sorted(each.name for each in found if each.recall == 1))
    every = f"Recall over {len(found)} kinds: **{_share(found)}**. Found every time: {whole}."
    return "\n".join((
        "# What the masks find", "", (__doc__ or "").split("\n\n")[2].strip(), "",
        f"Made by `benchmarks/detection.py` with seed {SEED}, {EACH} samples of each kind.", "",
        "## Secrets", "",
        every, "", *_misses(found),
        "## Personal data", "", *_matrix(persons),
        "Names and addresses are not looked for. Faker's national ids have no right check digits",
        "in some locales, and are rightly left alone there.", "",
        "## False alarms", "", *_alarms(),
    ))  # fmt: skip


def _share(rows: list[Row]) -> str:
    return f"{100 * sum(each.found for each in rows) / sum(each.tried for each in rows):.1f} %"


def _misses(rows: list[Row]) -> list[str]:
    missed = sorted(
        (each for each in rows if each.recall < 1), key=lambda each: (each.recall, each.name)
    )
    head = ["Missed, at least sometimes:", "", "| kind | recall |", "|---|---|"]
    return [*head, *(f"| {each.name} | {each.found} of {each.tried} |" for each in missed), ""]


def _matrix(rows: list[Row]) -> list[str]:
    table: dict[str, dict[str, Row]] = defaultdict(dict)
    for each in rows:
        kind, _, locale = each.name.rpartition(" ")
        table[kind][locale] = each
    head = ["| kind | all | " + " | ".join(LOCALES) + " |", "|---" * (len(LOCALES) + 2) + "|"]
    return [*head, *(
        f"| {kind} | **{_share(list(row.values()))}** | "
        + " | ".join(f"{100 * row[locale].recall:.0f}" for locale in LOCALES) + " |"
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
    if parser.parse_args().write:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
