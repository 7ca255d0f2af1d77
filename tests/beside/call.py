"""The calls that both sides make: nearly every word and number in them stands nowhere else."""

from __future__ import annotations

from typing import Any, NamedTuple

LEFT = 31337
"""Tokens that the provider says are left, in a header."""
CASES = ("success", "failure", "stream")
MARK = "zq7x"
HOST, COUNT = "api.openai.com", "count.test"
"""The scripted model, and who says how much the recorder has."""
MODEL = "gpt-4o-mini"
ANSWERED = "gpt-4o-mini-2024-07-18"
PRICES = (0.15e-6, 0.075e-6, 0.6e-6)
"""US dollars for a token: read, read from a cache, written."""
PARAMETERS: dict[str, Any] = {"temperature": 0.3777, "top_p": 0.8191, "max_tokens": 7321,
                              "seed": 424243}  # fmt: skip
FIRST_CHUNK_S, ANSWER_S = 0.8, 2.6
"""Such that no duration in nanoseconds looks like a moment in seconds."""


class Tokens(NamedTuple):
    """What the scripted model counts; a part of the input is cached, of the output reasoning."""

    input: int
    cached: int
    output: int
    reasoning: int


TOKENS = {"success": Tokens(7919, 1013, 6007, 2003), "stream": Tokens(8513, 1201, 5407, 2111)}


def word(fact: str, case: str) -> str:
    """Return what says one fact of one call, and nothing else."""
    return f"{fact}-{case}-{MARK}"


def cost(case: str, *, discount: bool = True, output: bool = True) -> float:
    """Return what a call costs, or would without the cheaper price of what is cached."""
    tokens, (read, cached, written) = TOKENS[case], PRICES
    cached = cached if discount else read
    into = (tokens.input - tokens.cached) * read + tokens.cached * cached
    return into + (tokens.output * written if output else 0.0)


def messages(case: str) -> list[dict[str, str]]:
    """Return a conversation."""
    return [{"role": "system", "content": word("instruction", case)},
            {"role": "user", "content": word("question", case)}]  # fmt: skip


def tools(case: str) -> list[dict[str, Any]]:
    """Return the tools that are offered."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    about = {"name": "look_up", "description": word("offer", case), "parameters": schema}
    return [{"type": "function", "function": about}]


def metadata(case: str) -> dict[str, str]:
    """Return the user's own facts."""
    return {"shelf": word("metadata", case)}
