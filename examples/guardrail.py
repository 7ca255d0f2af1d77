"""Stop a call before it is made, and hide parts of what is recorded."""

from __future__ import annotations

import re

from attrs import evolve

import llmlog

CARD = re.compile(r"\b\d{4}( ?\d{4}){3}\b")


class NoCards:
    """Blocks calls whose messages hold the number of a card."""

    fails_closed = True

    @llmlog.hookimpl
    def pre_call(self, call: llmlog.Call) -> None:
        """Look at the messages; the reason must not repeat them."""
        if any(CARD.search(message["content"]) for message in call.messages):
            raise llmlog.Blocked("a card number")


class NoNames:
    """Lets no user's id leave for any destination."""

    @llmlog.hookimpl
    def redact(self, payload: llmlog.Payload) -> llmlog.Payload:
        """Return the payload without the id."""
        return evolve(payload, user_id=None)


class Screen:
    """Prints what it is given."""

    @llmlog.hookimpl
    def log_success(self, payload: llmlog.Payload) -> None:
        """Print a call that succeeded."""
        print(payload.status, payload.user_id)

    @llmlog.hookimpl
    def log_failure(self, payload: llmlog.Payload) -> None:
        """Print any other call, and who judged it."""
        print(payload.status, [(each.name, each.reason) for each in payload.guardrails])


def main() -> None:
    """Make a call that passes and one that is stopped."""
    plugins = [NoCards(), NoNames(), Screen()]
    with llmlog.Logger(plugins=plugins, environ={}, file=False) as logger:
        for text in ("hello", "my card is 4000 1234 5678 9010"):
            question = [{"role": "user", "content": text}]
            try:
                with logger.call(kind="chat", model="m", user="ada", messages=question) as call:
                    call.finish({"answer": "hi"})
            except llmlog.Blocked as verdict:
                logger.flush(5)
                print(f"blocked: {verdict}")
            logger.flush(5)


if __name__ == "__main__":
    main()
