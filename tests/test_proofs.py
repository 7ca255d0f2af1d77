"""Where the tests are that show what the plugins' pages say of copies and of hidden losses."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from llmlog.exporter import HTTPExporter
from llmlog.registry import installed

ROOT = Path(__file__).parent.parent
CONTRACT = "core/src/llmlog/testing/contract/delivery.py::test_a_retry_has_equal_bytes"

COPIES: Mapping[str, str] = {
    "azure-blob": "test_the_same_batch_twice_is_one_blob",
    "bigquery": CONTRACT,
    "clickhouse": "test_todays_engine_takes_the_table_and_every_sample",
    "duckdb": "test_the_same_batch_twice_is_one_copy",
    "dynamodb": "test_the_same_batch_twice_is_one_copy",
    "elasticsearch": "test_what_comes_again_is_one_document",
    "email": "test_a_mail_arrives_as_it_was_written",
    "file": "test_a_batch_that_comes_again_is_one_file",
    "focus": "test_what_comes_again_is_one_file",
    "gcs": "test_the_same_batch_twice_is_one_object",
    "http": "test_a_receiver_can_tell_a_record_sent_twice",
    "influxdb": "test_what_comes_again_is_one_point",
    "kafka": "test_credentials_and_options_reach_the_client",
    "lago": "test_the_same_batch_twice_is_no_failure",
    "local": "test_a_call_that_comes_again_replaces_its_row",
    "loki": CONTRACT,
    "nats": "test_the_same_batch_twice_is_one_copy",
    "openmeter": CONTRACT,
    "pagerduty": "test_what_fires_and_what_is_over_have_one_key",
    "postgres": "test_the_same_batch_twice_is_one_copy",
    "prometheus-push": "test_a_batch_that_comes_again_is_counted_once",
    "redis": "test_the_same_batch_twice_is_one_copy",
    "resend": CONTRACT,
    "s3": "test_what_is_sent_again_overwrites_itself",
    "sqs": "test_a_fifo_queue_keeps_one_copy_and_the_order",
    "supabase": "test_a_call_that_comes_again_replaces_its_row",
    "vantage": "test_equal_calls_are_an_equal_file_and_others_another",
}
"""Of the plugins of this kind whose backend keeps one copy: the test that shows it.

The contract's clause stands where no backend runs on a test machine: the key is equal when a batch
comes again, and what the vendor makes of it is its documentation's word.
"""

HIDDEN: Mapping[str, str] = {
    "bigquery": "test_a_200_that_hides_losses_is_counted_by_row",
    "clickhouse": "test_the_number_of_an_error_says_what_becomes_of_a_batch",
    "cloudwatch": "test_events_that_are_too_old_or_too_new_are_told_apart",
    "cloudzero": "test_a_drop_holds_one_month_and_no_call_is_left_out",
    "dynamodb": "test_what_is_unprocessed_comes_again",
    "elasticsearch": "test_each_item_has_its_own_fate",
    "gcs": "test_an_object_that_is_there_already_is_delivered",
    "influxdb": "test_a_line_that_version_3_names_is_rejected_alone",
    "kinesis": "test_what_failed_comes_again",
    "lago": "test_one_bad_event_costs_no_other_and_a_duplicate_is_there",
    "loki": "test_blocked_ingestion_is_no_success",
    "pubsub": "test_a_reply_with_too_few_ids_loses_nothing",
    "splunk": "test_a_bad_event_costs_no_other_and_none_is_indexed_twice",
    "sqs": "test_what_failed_comes_again_or_is_rejected",
    "supabase": "test_the_code_of_an_error_says_what_becomes_of_a_batch",
}
"""The replies that say something of single events, or a success that is none, and their tests."""

KINDS = ("logs and search", "metrics", "stores", "queues", "billing and cost", "alerts",
         "anything else")  # fmt: skip


def plugins() -> list[str]:
    """Return the plugins of these kinds, as the README lists them."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w ]+) \| (\[.+) \|$", readme, re.MULTILINE)
    found = (re.findall(r"\[([\w-]+)\]", row) for kind, row in rows if kind in KINDS)
    return sorted(name for names in found for name in names)


def exists(plugin: str, test: str) -> bool:
    """Say whether a test is there: among the plugin's own, or where a path says."""
    path, _, name = test.rpartition("::")
    files = [ROOT / path] if path else (ROOT / "plugins" / plugin / "tests").glob("test_*.py")
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    nodes = (node for tree in trees for node in ast.walk(tree))
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in nodes)


@pytest.mark.parametrize("name", plugins())
def test_one_copy_is_shown_where_the_backend_keeps_one(name: str) -> None:
    text = (ROOT / "plugins" / name / "README.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"^- Copies: (.+)\.$", text, re.MULTILINE)
    assert (name in COPIES) == said.startswith(("by ", "not needed, sums")), said
    assert exists(name, COPIES.get(name, CONTRACT))


@pytest.mark.parametrize("name", plugins())
def test_a_reply_that_hides_losses_is_provoked(name: str) -> None:
    known = installed()
    if name not in known:
        pytest.skip(f"{name} is not installed")
    plugin = known[name].load()
    reads = isinstance(plugin, HTTPExporter) and plugin.read_reply is not None
    assert name in HIDDEN or not reads
    assert exists(name, HIDDEN.get(name, CONTRACT))
