"""Calls inside calls become one trace; a stream is recorded when it ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator

import llmlog


class Trace:
    """Prints each record under its parent."""

    @llmlog.hookimpl
    def log_success(self, payload: llmlog.Payload) -> None:
        """Print a call that succeeded."""
        self._print(payload)

    @llmlog.hookimpl
    def log_failure(self, payload: llmlog.Payload) -> None:
        """Print any other call."""
        self._print(payload)

    def _print(self, payload: llmlog.Payload) -> None:
        place = "  under a parent" if payload.parent_span_id else ""
        chunks = f" {payload.chunks.count} chunks" if payload.chunks else ""
        print(f"{payload.kind} {payload.name} {payload.status}{chunks}{place}")


def chunks(words: str) -> Iterator[dict[str, object]]:
    """Stand for the stream of any model's client."""
    for word in words.split():
        yield {"choices": [{"delta": {"content": word}, "index": 0}]}


def main() -> None:
    """Run an agent that uses a tool, reads one stream to its end and leaves another."""
    with llmlog.Logger(plugins=[Trace()], environ={}, file=False) as logger:

        @logger.call(kind="tool", name="look up")
        def look_up(city: str) -> dict[str, str]:
            return {"city": city, "sky": "clear"}

        with logger.call(kind="agent", name="weather", session="s-1") as agent:
            look_up("Oslo")
            for name, limit in (("answer", 99), ("abandoned", 2)):
                call = logger.start_call(kind="chat", name=name, model="m")
                stream = call.stream(chunks("it is four degrees"))
                for number, _ in enumerate(stream, start=1):
                    if number == limit:
                        break
                stream.close()
                logger.flush(5)
            agent.finish("done")
        logger.flush(5)


if __name__ == "__main__":
    main()
