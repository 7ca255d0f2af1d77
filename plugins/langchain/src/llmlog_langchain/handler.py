"""What LangChain calls as runs begin and end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from llmlog import Blocked, Call, Logger, get_logger
from llmlog.bridging import guarded
from llmlog_langchain.asked import document_of, model_fields, run_fields, value_of
from llmlog_langchain.message import completion_of, message_of
from llmlog_langchain.piece import Pieces
from llmlog_langchain.tree import Tree


class CallbackHandler(BaseCallbackHandler):
    """Makes a record of each run: of chains, models, tools and retrievers, with their parents.

    `logger` is where records go; None means llmlog's default Logger. One handler
    serves any number of runs at once, sync and async.
    """

    raise_error = True  # all but `Blocked` is caught here
    run_inline = True  # in the caller's context and order, also where that is async

    def __init__(self, logger: Logger | None = None) -> None:
        super().__init__()
        self._logger = logger
        self._tree = Tree()
        self._pieces: dict[UUID, Pieces] = {}

    # How runs begin.

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, **more: Any
    ) -> None:
        """Begin the record of a chat model."""
        said = guarded(
            lambda: [message_of(one) for batch in messages for one in batch],
            otherwise=lambda _: [],
        )
        self._begin_model("chat", serialized, said, run_id, more)

    def on_llm_start(self, serialized: Any, prompts: Any, *, run_id: UUID, **more: Any) -> None:
        """Begin the record of a text model."""
        self._begin_model("text_completion", serialized, list(prompts), run_id, more)

    def _begin_model(
        self, kind: str, serialized: Any, messages: Any, run_id: UUID, more: Any
    ) -> None:
        params = more.get("invocation_params") or {}
        asked = guarded(model_fields, more.get("metadata"), params, otherwise=lambda _: {})
        call = self._begin(kind, serialized, run_id, more, messages=messages, **asked)
        if call is not None:
            self._tree.asks(run_id, call)

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **more: Any) -> None:
        """Begin the record of a chain, or of any other step."""
        self._begin("chain", serialized, run_id, more, input=value_of(inputs))

    def on_tool_start(self, serialized: Any, input_str: str, *, run_id: UUID, **more: Any) -> None:
        """Begin the record of a tool."""
        given = more.get("inputs") or input_str
        self._begin("tool", serialized, run_id, more, input=value_of(given))

    def on_retriever_start(self, serialized: Any, query: str, *, run_id: UUID, **more: Any) -> None:
        """Begin the record of a retriever."""
        self._begin("retrieval", serialized, run_id, more, input=query)

    def _begin(
        self, kind: str, serialized: Any, run_id: UUID, more: Any, **asked: Any
    ) -> Call | None:
        """Begin a record, whatever hooks before calls say; only `Blocked` is raised."""

        def begin() -> Call:
            common = run_fields(kind, run_id, serialized, more)
            logger = self._logger or get_logger()
            return self._tree.open(logger, run_id, more.get("parent_run_id"), {**common, **asked})

        call: Call | None = guarded(begin, otherwise=lambda _: None)
        if call is None:
            return None
        try:
            return call.start()
        except Blocked:
            self._tree.close(run_id)
            raise

    # How they go on and end.

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **more: Any) -> None:
        """Note a piece of a streamed answer."""
        self._tree.answers(run_id)
        guarded(self._note, token, more.get("chunk"), run_id, otherwise=lambda _: None)

    def _note(self, token: Any, chunk: Any, run_id: UUID) -> None:
        call = self._tree.get(run_id)
        if call is not None:
            if run_id not in self._pieces:
                self._pieces[run_id] = Pieces(call)
            self._pieces[run_id].put(token, chunk)

    def on_llm_end(self, response: Any, *, run_id: UUID, **_: Any) -> None:
        """End the record of a model with its answer."""
        pieces = self._pieces.pop(run_id, None)

        def end(call: Call) -> None:
            completion = completion_of(response)
            if pieces is None:
                call.finish(completion)
            else:
                pieces.end(completion)

        self._end(run_id, end)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """End the record of a model that failed or was given up, with what it said so far."""
        self._pieces.pop(run_id, None)
        self._end(run_id, lambda call: call.fail(error))

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **more: Any) -> None:
        """End the record of a chain; what it was asked may be known only now."""

        def end(call: Call) -> None:
            if more.get("inputs") is not None:
                call.set(input=value_of(more["inputs"]))
            call.finish(value_of(outputs))

        self._end(run_id, end)

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        """End the record of a tool."""
        said = message_of(output) if hasattr(output, "tool_call_id") else None
        result = output if said is None else said.get("content")
        self._end(run_id, lambda call: call.finish(value_of(result)))

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **_: Any) -> None:
        """End the record of a retriever with what it found."""
        self._end(run_id, lambda call: call.finish(
            {"documents": [document_of(one) for one in documents]}
        ))  # fmt: skip

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """End the record of a chain that failed."""
        self._end(run_id, lambda call: call.fail(error))

    on_tool_error = on_chain_error
    on_retriever_error = on_chain_error

    def _end(self, run_id: UUID, end: Callable[[Call], object]) -> None:
        call = self._tree.close(run_id)
        if call is not None:
            guarded(end, call, otherwise=lambda _: call.finish())
