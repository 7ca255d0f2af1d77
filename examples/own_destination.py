"""Send records to a place of your own: an object with hooks, no package needed."""

from __future__ import annotations

from collections import Counter

import llmlog


class Bill:
    """Adds up what each user spends."""

    def __init__(self) -> None:
        self.tokens: Counter[str] = Counter()

    @llmlog.hookimpl
    def log_success(self, payload: llmlog.Payload) -> None:
        """Count the tokens of a call."""
        if payload.usage:
            self.tokens[payload.user_id or "nobody"] += payload.usage.total_tokens or 0

    @llmlog.hookimpl
    async def log_failure(self, payload: llmlog.Payload) -> None:
        """Say what went wrong; a hook may be `async def`."""
        print(f"{payload.request_model} failed: {payload.error and payload.error.type}")


def ask(messages: list[dict[str, str]]) -> dict[str, object]:
    """Stand for any model's client."""
    if not messages:
        raise ValueError("say something")
    answer = {"message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10}
    return {"model": "m", "choices": [answer], "usage": usage}


def main() -> None:
    """Make three calls."""
    bill = Bill()
    with llmlog.Logger(plugins=[bill], environ={}, file=False) as logger:
        for user in ("ada", "bob"):
            question = [{"role": "user", "content": f"I am {user}"}]
            with logger.call(kind="chat", model="m", user=user, messages=question) as call:
                call.finish(ask(question))
        try:
            with logger.call(kind="chat", model="m", user="ada", messages=[]) as call:
                call.finish(ask([]))
        except ValueError:
            print("the caller sees its own exception")
        logger.flush(5)
    print(dict(bill.tokens))


if __name__ == "__main__":
    main()
