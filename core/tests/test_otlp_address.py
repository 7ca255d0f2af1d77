"""Addresses and headers of OTLP receivers."""

from __future__ import annotations

import pytest

from llmlog import Secret
from llmlog.otlp.address import traces_url
from llmlog.otlp.header import header_pairs


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://c", "https://c/v1/traces"),
        ("https://c/", "https://c/v1/traces"),
        ("https://c/v1", "https://c/v1/traces"),
        ("https://c/v1/traces", "https://c/v1/traces"),
        ("https://c/v1/traces/", "https://c/v1/traces"),
        ("https://c/otlp?tenant=a", "https://c/otlp/v1/traces?tenant=a"),
    ],
)
def test_the_path_is_there_once(base: str, url: str) -> None:
    assert traces_url(base) == url


def test_a_vendor_may_have_a_path_of_its_own() -> None:
    assert traces_url("https://c", "/api/trace") == "https://c/api/trace"
    assert traces_url("https://c/api", "/api/trace") == "https://c/api/trace"
    assert traces_url("https://c/x", "/trace") == "https://c/x/trace"


def test_headers_are_decoded_and_their_names_lower_case() -> None:
    pairs = header_pairs(Secret("Api-Key=fake%2Ckey%3D, x-tenant = a%20b,"))
    assert dict(pairs) == {"api-key": "fake,key=", "x-tenant": "a b"}
    assert not list(header_pairs(None))


def test_a_broken_header_is_not_shown() -> None:
    with pytest.raises(ValueError, match="item 2 is not name=value") as caught:
        list(header_pairs(Secret("a=b,fake-secret")))
    assert "fake-secret" not in str(caught.value)
