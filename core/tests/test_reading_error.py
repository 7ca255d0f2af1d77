"""Exceptions say what the provider said, and whether to try again."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from llmlog.reading import read_error

REQUEST = httpx.Request("POST", "https://api.example.com/v1/chat")


def status_error(status_code: int, **headers: str) -> httpx.HTTPStatusError:
    """Return httpx's exception for an answer."""
    response = httpx.Response(status_code, headers=headers, request=REQUEST)
    return httpx.HTTPStatusError("no", request=REQUEST, response=response)


def test_an_exception_of_any_kind_has_a_class_and_words() -> None:
    error = read_error(ValueError("boom"))
    assert (error.type, error.message) == ("ValueError", "boom")
    assert (error.status_code, error.code, error.request_id, error.retryable) == (None,) * 4


@pytest.mark.parametrize(
    ("status_code", "retryable"),
    [(408, True), (409, True), (429, True), (500, True), (503, True), (529, True),
     (400, False), (401, False), (404, False), (422, False), (304, None)],
)  # fmt: skip
def test_the_status_says_whether_to_try_again(status_code: int, retryable: bool) -> None:
    error = read_error(status_error(status_code))
    assert (error.status_code, error.retryable) == (status_code, retryable)


@pytest.mark.parametrize("header", ["x-request-id", "request-id"])
def test_the_request_id_is_in_a_header(header: str) -> None:
    assert read_error(status_error(500, **{header: "req_1"})).request_id == "req_1"


@pytest.mark.parametrize(
    "exception",
    [ConnectionResetError(), TimeoutError(), asyncio.TimeoutError(),
     httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")],
)  # fmt: skip
def test_a_broken_connection_is_worth_another_try(exception: Exception) -> None:
    assert read_error(exception).retryable is True


def test_cancellation_says_nothing_of_retries() -> None:
    assert read_error(asyncio.CancelledError()).retryable is None


def test_the_words_of_the_provider_win() -> None:
    """Anthropic's body has its error under `error`, OpenAI's client hands out the inner object."""

    class OverloadedError(Exception):
        status_code = 529
        request_id = "req_1"

        def __init__(self, body: object) -> None:
            super().__init__("Error code: 529")
            self.body = body

    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
    error = read_error(OverloadedError(body))
    assert (error.message, error.code) == ("Busy", "overloaded_error")
    assert (error.status_code, error.request_id, error.retryable) == (529, "req_1", True)


def test_google_says_its_status_in_words() -> None:
    class ClientError(Exception):
        code = 429
        status = "RESOURCE_EXHAUSTED"
        message = "Quota"

    error = read_error(ClientError("429 RESOURCE_EXHAUSTED"))
    assert (error.status_code, error.code, error.retryable) == (429, "RESOURCE_EXHAUSTED", True)


def test_a_hostile_exception_is_read_too() -> None:
    class HostileError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

        def __getattr__(self, name: str) -> Any:
            raise SystemExit(name)

    error = read_error(HostileError())
    assert (error.type, error.message, error.status_code) == ("HostileError", "", None)


def test_words_are_valid_text() -> None:
    assert read_error(ValueError("\ud800x")).message.encode() is not None
