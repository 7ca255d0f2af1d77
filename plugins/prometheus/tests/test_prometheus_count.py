"""What is counted, how often, and under which labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from llmlog import Cost, Guardrail, Logger, Payload, SettingsError, Timing, Usage
from llmlog.testing.samples import SAMPLES, sample
from llmlog_prometheus.label import LABELS

Numbers = dict[str, float]
Count = Callable[..., Numbers]
CALL = 'kind="chat",model="gpt-4o-mini"'


def copies(payload: Payload, count: int, **changes: Callable[[int], Any]) -> list[Payload]:
    return [evolve(payload, id=f"copy-{number}",
                   **{name: change(number) for name, change in changes.items()})
            for number in range(count)]  # fmt: skip


def total(numbers: Numbers, name: str, *parts: str) -> float:
    return sum(value for series, value in numbers.items()
               if series.startswith(f"{name}{{") and all(part in series for part in parts))  # fmt: skip


def test_a_record_that_comes_again_is_counted_once(count: Count) -> None:
    numbers = count(sample(), sample(), sample("failure"), sample("failure"))
    assert total(numbers, "llmlog_calls_total") == 2
    assert total(numbers, "llmlog_tokens_total") == sample().usage.total_tokens
    assert total(numbers, "llmlog_duplicate_records_total") == 2


def test_only_the_latest_ids_are_remembered(count: Count) -> None:
    first, second, third = copies(sample(), 3)
    numbers = count(first, second, second, third, first, remembered_ids=2)
    assert total(numbers, "llmlog_calls_total") == 4
    assert total(numbers, "llmlog_duplicate_records_total") == 1


def test_every_call_is_counted_whatever_became_of_it(count: Count) -> None:
    numbers = count(*map(sample, SAMPLES))
    for status in ("success", "failure", "aborted", "blocked"):
        expected = sum(sample(name).status == status for name in SAMPLES)
        assert total(numbers, "llmlog_calls_total", f'status="{status}"') == expected
        shown = total(numbers, "llmlog_call_duration_seconds_count", f'status="{status}"')
        assert shown == expected


def test_what_is_not_known_is_not_shown(count: Count) -> None:
    shown = count(sample("bare"))
    names = {series.partition("{")[0] for series in shown if not series.startswith("llmlog_d")}
    assert names == {"llmlog_calls_total", "llmlog_call_duration_seconds_bucket",
                     "llmlog_call_duration_seconds_count", "llmlog_call_duration_seconds_sum"}  # fmt: skip
    assert 'llmlog_calls_total{kind="tool",status="success"}' in shown


def test_tokens_of_all_types_add_up_to_the_total(count: Count) -> None:
    usage = Usage(input_tokens=1, cache_read_tokens=2, cache_write_tokens=4, input_audio_tokens=8,
                  input_image_tokens=16, output_tokens=32, reasoning_tokens=64,
                  output_audio_tokens=128, output_image_tokens=256)  # fmt: skip
    numbers = count(evolve(sample(), usage=usage))
    assert total(numbers, "llmlog_tokens_total") == usage.total_tokens == 511
    assert total(numbers, "llmlog_tokens_total", 'type="cache_read"') == 2
    assert total(numbers, "llmlog_call_tokens_sum", 'direction="input"') == 31
    assert total(numbers, "llmlog_call_tokens_sum", 'direction="output"') == 480


def test_what_a_cache_answered_used_no_tokens(count: Count) -> None:
    numbers = count(sample("cached"))
    assert total(numbers, "llmlog_tokens_total") == 0
    assert total(numbers, "llmlog_cache_lookups_total", 'result="hit"') == 1
    assert total(numbers, "llmlog_cost_saved_usd_total") == sample("cached").cost_saved


@pytest.mark.parametrize("cost", [None, Cost(reason="no price"), Cost(total=2.0, currency="EUR")])
def test_a_call_of_unknown_price_says_so(count: Count, cost: Cost | None) -> None:
    numbers = count(evolve(sample(), cost=cost))
    assert total(numbers, "llmlog_unpriced_calls_total") == 1
    assert not [series for series in numbers if series.startswith("llmlog_cost_usd")]


def test_a_failure_without_an_error_is_an_error(count: Count) -> None:
    numbers = count(evolve(sample("failure"), error=None))
    assert total(numbers, "llmlog_errors_total") == 1


def test_equal_verdicts_and_attempts_are_added_up(count: Count) -> None:
    verdict = Guardrail(name="pii", verdict="edited")
    first, retry = sample("failure").attempts
    payload = evolve(sample(), guardrails=(verdict, verdict), attempts=(first, retry, retry))
    numbers = count(payload)
    assert total(numbers, "llmlog_guardrail_checks_total", 'guardrail="pii"') == 2
    assert total(numbers, "llmlog_retries_total", 'reason="retry"') == 2


def test_counters_make_up_for_what_sampling_left_out(count: Count) -> None:
    numbers = count(evolve(sample(), sample_weight=10.0))
    assert total(numbers, "llmlog_calls_total") == 10
    assert total(numbers, "llmlog_cost_usd_total") == pytest.approx(sample().cost.total * 10)
    assert total(numbers, "llmlog_call_duration_seconds_count") == 1


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_an_impossible_amount_spoils_no_counter(count: Count, amount: float) -> None:
    odd = evolve(sample(), id="odd", cost=Cost(total=amount), timing=Timing(
        start_unix_ns=2, end_unix_ns=1))  # fmt: skip
    numbers = count(odd, sample())
    assert total(numbers, "llmlog_calls_total") == 2
    assert total(numbers, "llmlog_cost_usd_total") == pytest.approx(sample().cost.total)
    assert total(numbers, "llmlog_call_duration_seconds_count") == 1


def test_a_call_falls_into_the_bucket_of_its_duration(count: Count) -> None:
    numbers = count(sample())
    assert total(numbers, "llmlog_call_duration_seconds_bucket", 'le="0.64"') == 0
    assert total(numbers, "llmlog_call_duration_seconds_bucket", 'le="1.28"') == 1


class TestLabels:
    def test_a_label_keeps_its_first_values_and_the_rest_is_other(self, count: Count) -> None:
        payloads = copies(sample(), 60, request_model=lambda number: f"model-{number}")
        numbers = count(*payloads, label_values=50)
        models = [series for series in numbers if series.startswith("llmlog_calls_total")]
        assert len(models) == 51
        assert total(numbers, "llmlog_calls_total", 'model="other"') == 10
        assert total(numbers, "llmlog_calls_total", 'model="model-49"') == 1

    def test_labels_of_single_metrics_are_bounded_too(self, count: Count) -> None:
        error = sample("failure").error
        payloads = copies(
            sample("failure"), 9, error=lambda number: evolve(error, type=f"E{number}")
        )
        numbers = count(*payloads, label_values=4)
        assert total(numbers, "llmlog_errors_total", 'error_type="other"') == 5

    def test_combinations_are_bounded_as_a_whole(self, count: Count) -> None:
        payloads = copies(sample(), 40, request_model=lambda number: f"model-{number % 10}",
                          provider_name=lambda number: f"provider-{number // 10}")  # fmt: skip
        numbers = count(*payloads, labels=["model", "provider"], label_sets=15)
        assert len([name for name in numbers if name.startswith("llmlog_calls_total")]) == 16
        assert numbers['llmlog_calls_total{model="other",provider="other"}'] == 25

    def test_failures_and_successes_have_the_same_model(self, count: Count) -> None:
        numbers = count(sample("chat"), sample("failure"), labels=["model"])
        assert numbers['llmlog_calls_total{model="gpt-4o-mini"}'] == 2

    def test_values_are_short_and_printable(self, count: Count) -> None:
        odd = evolve(sample(), request_model="a\x00b\ud800\n" + "x" * 1000)
        numbers = count(odd, labels=["model"])
        assert f'llmlog_calls_total{{model="a?b??{"x" * 123}"}}' in numbers

    def test_none_at_all_is_fine(self, count: Count) -> None:
        numbers = count(sample(), sample("failure"), labels=())
        assert numbers["llmlog_calls_total{}"] == 2
        assert numbers['llmlog_errors_total{error_type="RateLimitError"}'] == 1

    def test_nobody_is_named_in_them(self, count: Count) -> None:
        payload = evolve(sample(), user_id="canary-user", session_id="canary-session",
                         metadata={"user": "canary-metadata"}, key_hash="canary-hash")  # fmt: skip
        assert "canary" not in str(count(payload, labels=tuple(LABELS)))

    @pytest.mark.parametrize("labels", [["user"], ["modell"], ["model", "model"]])
    def test_others_are_refused(
        self, make_logger: Callable[..., Logger], labels: list[str]
    ) -> None:
        with pytest.raises(SettingsError, match="no further"):
            make_logger(labels=labels)
