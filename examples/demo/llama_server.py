"""Serve a model with llama.cpp's own server: `python -I llama_server.py MODEL HOST PORT`.

Needs xllamacpp. The tests start it too.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from typing import Any

TEMPLATE = """\
{%- for message in messages -%}
{{ message.role }}: {{ message.content }}
{% endfor -%}
assistant:"""


def main(model: str, host: str, port: int) -> None:
    """Serve until the process is ended."""
    xllamacpp: Any = import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {"gemma-3-270m"}
    params.hostnames = [host]
    params.port = port
    params.n_ctx = 4096
    params.n_parallel = 2
    params.cpuparams.n_threads = 2
    params.chat_template = TEMPLATE
    params.endpoint_metrics = True
    params.warmup = False
    server = xllamacpp.Server(params)
    print("listening on", server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
