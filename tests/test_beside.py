"""How facts are found beside LiteLLM, and that each difference to our disadvantage is explained."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path

import pytest
from beside.call import cost, word
from beside.facts import Moments, found
from beside.reading import readable

FOLDER = Path(__file__).parent / "beside"
MOMENTS = Moments(1_800_000_000.0, 1_800_000_002.8, 1_800_000_000.1, 1_800_000_002.7,
                  1_800_000_000.9)  # fmt: skip


def said(text: str, case: str = "stream") -> set[str]:
    return found(case, text, MOMENTS, "id-1", {"release": "release-zq7x"})


def test_words_are_found_and_nothing_else() -> None:
    assert said(word("question", "stream")) == {"question"}
    assert said(word("question", "success")) == set()
    assert said("release-zq7x id1") == {"release", "id of the record"}


@pytest.mark.parametrize("text", ['{"cost": 0.00412485}', f"cost={cost('stream')!r}"])
def test_a_cost_is_found_as_a_number(text: str) -> None:
    assert "cost" in said(text.replace("0.00412485", repr(round(cost("stream"), 8))))
    assert "cost" not in said('{"cost": 0.5}')


@pytest.mark.parametrize("start", [
    "1800000000.05", "1800000000050", "1800000000050000000", "2027-01-15T08:00:00.050Z",
    "2027-01-15 09:00:00.05+01:00", '{"seconds":1800000000,"milliseconds":50}',
])  # fmt: skip
def test_a_moment_is_found_in_any_unit(start: str) -> None:
    assert said(start) == {"start"}


def test_two_of_start_end_and_duration_tell_the_third() -> None:
    assert said("1800000000.05 2.7") == {"start", "duration", "end"}


def test_what_belongs_to_an_answer_is_no_fact_of_a_failure() -> None:
    assert said(f"content_filter {word('broken', 'failure')}", "failure") == {"error message"}


def test_bodies_are_read_whatever_they_are_wrapped_in() -> None:
    text = json.dumps({"text": word("answer", "stream") * 4})
    packed = gzip.compress(text.encode())
    assert word("answer", "stream") in readable(packed)
    assert word("answer", "stream") in readable(base64.b64encode(text.encode()))
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    assert word("answer", "stream") in readable(chunked, "gzip,aws-chunked")
    form = "m=" + text.replace('"', "%22").replace(" ", "+")
    assert text in readable(form.encode(), kind="application/x-www-form-urlencoded")


def test_whatever_only_litellm_sends_is_explained() -> None:
    known = json.loads((FOLDER / "seen.json").read_text(encoding="utf-8"))["seen"]
    why = json.loads((FOLDER / "reasons.json").read_text(encoding="utf-8"))["why"]
    for name, calls in known.items():
        for call, parted in calls.items():
            unexplained = set(parted["theirs"]) - why["any"].keys() - why.get(name, {}).keys()
            assert not unexplained, (name, call)


def test_every_pair_was_seen_and_we_sent_something() -> None:
    known = json.loads((FOLDER / "seen.json").read_text(encoding="utf-8"))["seen"]
    assert known.keys() == json.loads((FOLDER / "pairs.json").read_text(encoding="utf-8")).keys()
    for name, calls in known.items():
        for call, parted in calls.items():
            assert parted["ours"] or parted["both"], (name, call)


def test_the_page_says_which_version_it_is_about() -> None:
    version = json.loads((FOLDER / "seen.json").read_text(encoding="utf-8"))["litellm"]
    page = (FOLDER.parent.parent / "docs" / "beside.md").read_text(encoding="utf-8")
    assert re.search(rf"LiteLLM {re.escape(version)} and llmlog", page)
