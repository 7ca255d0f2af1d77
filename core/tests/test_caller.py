"""Whose key a call was made with, and what headers a record may hold."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from attrs import evolve

from llmlog.caller import Callers
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.redaction import Policy
from llmlog.redaction.header import STOCK, Headers
from llmlog.schema import to_json
from llmlog.secret import Secret
from llmlog.testing import sample
from llmlog.testing.contract.canary import CANARY
from llmlog.testing.records import Records

Make = Callable[..., Logger]
KEY, OTHER = "sk-fake-0123456789", "sk-fake-9876543210"


def recorded(make_logger: Make, *keys: Any, **settings: Any) -> list[Payload]:
    records = Records()
    logger = make_logger(records, **settings)
    for key in keys:
        with logger.call(model="m", api_key=key) as call:
            call.finish("ok")
    assert logger.flush(20).complete
    return records.all()


class TestKeys:
    def test_one_key_has_one_hash_and_shows_in_none(self, make_logger: Make) -> None:
        first, again, other = recorded(make_logger, KEY, Secret(KEY), OTHER)
        assert first.key_hash == again.key_hash
        assert first.key_hash != other.key_hash
        for payload in (first, again, other):
            assert b"sk-fake" not in to_json(payload)
            assert payload.key_alias is None

    def test_with_a_key_of_ones_own_nobody_else_makes_the_hash(self, make_logger: Make) -> None:
        (plain,) = recorded(make_logger, KEY)
        (first,) = recorded(make_logger, KEY, pseudonym_key="one" * 8)
        (again,) = recorded(make_logger, KEY, pseudonym_key="one" * 8)
        (other,) = recorded(make_logger, KEY, pseudonym_key="two" * 8)
        assert first.key_hash == again.key_hash
        assert len({plain.key_hash, first.key_hash, other.key_hash}) == 3

    def test_settings_give_keys_names(self, make_logger: Make) -> None:
        aliases = {"checkout": KEY, "batch": OTHER}
        found = recorded(make_logger, KEY, OTHER, "sk-fake-unknown", key_aliases=aliases)
        assert [payload.key_alias for payload in found] == ["checkout", "batch", None]

    @pytest.mark.parametrize("key", [None, "", 7, b"bytes", object()])
    def test_what_is_no_key_says_nothing(self, make_logger: Make, key: Any) -> None:
        (payload,) = recorded(make_logger, key)
        assert (payload.key_hash, payload.key_alias) == (None, None)

    def test_what_a_call_says_of_its_key_comes_first(self, make_logger: Make) -> None:
        records = Records()
        logger = make_logger(records)
        with logger.call(api_key=KEY, key_alias="mine", key_hash="abc") as call:
            call.finish("ok")
        assert logger.flush(20).complete
        assert (records.one().key_alias, records.one().key_hash) == ("mine", "abc")

    def test_a_call_shows_its_key_to_nobody(self, make_logger: Make) -> None:
        logger = make_logger(Records())
        call = logger.call(api_key=KEY)
        assert KEY not in f"{call!r} {call.fields!r}"
        assert KEY not in f"{call.set(api_key=OTHER).fields!r}"
        assert OTHER not in f"{call.fields!r}"
        call.abort()

    def test_a_key_that_is_named_is_masked_wherever_it_turns_up(self, make_logger: Make) -> None:
        records = Records()
        logger = make_logger(records, key_aliases={"checkout": KEY})
        with pytest.raises(ValueError, match="refused"), logger.call(api_key=KEY):
            raise ValueError(f"refused {KEY}")
        assert logger.flush(20).complete
        assert KEY.encode() not in to_json(records.one())

    def test_names_do_not_show_keys(self) -> None:
        assert KEY not in repr(Callers(aliases={"checkout": Secret(KEY)}, key=Secret(OTHER)))


HEADERS = {"Authorization": CANARY, "X-Api-Key": CANARY, "Cookie": CANARY, "X-Forwarded-For": CANARY,
           "content-type": "application/json", "X-RateLimit-Remaining-Requests": "9"}  # fmt: skip
LISTED = {"content-type", "X-RateLimit-Remaining-Requests"}


class TestHeaders:
    def left(self, field: str, value: Any, policy: Policy | None = None) -> Any:
        payload = (policy or Policy()).apply(evolve(sample("bare"), **{field: value}))
        assert CANARY.encode() not in to_json(payload)
        (change,) = payload.changes
        assert (change.path, change.action, change.rule) == (field, "hidden", "header")
        return getattr(payload, field), change.count

    @pytest.mark.parametrize("field", ["parameters", "attributes", "metadata"])
    @pytest.mark.parametrize(
        "key", ["headers", "extra_headers", "responseHeaders", "litellm.additional_headers"]
    )
    def test_only_listed_ones_stay(self, field: str, key: str) -> None:
        left, count = self.left(field, {"deep": [{key: HEADERS}], "kept": 1})
        assert set(left["deep"][0][key]) == LISTED
        assert (left["kept"], count) == (1, 4)

    def test_pairs_are_headers_too(self) -> None:
        pairs = [[name, value] for name, value in HEADERS.items()]
        named = [{"name": name, "value": value} for name, value in HEADERS.items()]
        left, count = self.left("attributes", {"headers": pairs, "sent_headers": named})
        assert [pair[0] for pair in left["headers"]] == sorted(LISTED, reverse=True)
        assert {pair["name"] for pair in left["sent_headers"]} == LISTED
        assert count == 8

    @pytest.mark.parametrize(
        "value", [f"authorization: {CANARY}", [CANARY], [[CANARY]], [{CANARY: CANARY}]]
    )
    def test_what_has_no_form_of_headers_goes_whole(self, value: Any) -> None:
        left, _ = self.left("metadata", {"request_headers": value})
        assert not left.get("request_headers")

    def test_opentelemetrys_words_are_known(self) -> None:
        values = {f"http.request.header.{name.lower()}": [value] for name, value in HEADERS.items()}
        left, count = self.left(
            "attributes", {**values, "http.response.header.set-cookie": [CANARY]}
        )
        assert {name.rpartition(".")[2] for name in left} == {name.lower() for name in LISTED}
        assert count == 5

    @pytest.mark.parametrize("value", [None, {}, {"header": "Title"}, {"headers": None}, {"headers": 3},
                                       {"headers": {}}, {"subheaders_count": 2}])  # fmt: skip
    def test_what_is_none_stays_as_it_is(self, value: Any) -> None:
        payload = evolve(sample("bare"), metadata=value or {})
        assert Policy().apply(payload) is payload

    def test_names_have_neither_case_nor_one_kind_of_dash(self) -> None:
        headers = Headers()
        for name in (
            "X-Request-ID",
            "x_request_id",
            "llm_provider-x-request-id",
            "x-ratelimit-reset-tokens",
        ):
            assert headers.passes(name), name
        for name in ("authorization", "x-request-id-token", "x-ratelimit", ""):
            assert not headers.passes(name), name

    def test_settings_say_which(self, make_logger: Make) -> None:
        records = Records()
        logger = make_logger(records, headers=["X-Tenant", "x-my-*"])
        values = {"headers": {"x-tenant": "acme", "X-My-Id": "7", "content-type": CANARY}}
        logger.log(evolve(sample("bare"), metadata=values))
        assert logger.flush(20).complete
        assert records.one().metadata == {"headers": {"x-tenant": "acme", "X-My-Id": "7"}}

    def test_no_credential_is_on_the_stock_list(self) -> None:
        for name in ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key",
                     "x-goog-api-key", "x-amz-security-token", "openai-organization"):  # fmt: skip
            assert not Headers(STOCK).passes(name)

    def test_what_is_too_deep_to_look_at_is_hidden(self) -> None:
        value: Any = {"headers": HEADERS}
        for _ in range(100):
            value = [value]
        left, count = self.left("metadata", {"deep": value})
        assert count == 1
        assert "[hidden: depth]" in str(left)

    @pytest.mark.parametrize("value", [
        OrderedDict(headers=HEADERS), MappingProxyType({"a": (OrderedDict(headers=HEADERS),)}), {"n": {"headers": HEADERS}},
    ])  # fmt: skip
    def test_they_are_found_in_any_container(self, value: Any) -> None:
        assert self.left("metadata", value)[1] == 4
