"""LiteLLM's proxy, with our bridge and our file exporter in its environment.

Its extra `proxy` names distributions that are for the proxy's database and its enterprise parts;
what it needs to answer is here by name.

https://docs.litellm.ai/docs/proxy/configs
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from servers.environment import Environment
from servers.process import HOST, Launch

_ROOT = Path(__file__).resolve().parents[2]
_OURS = tuple(part for name in ("core", "plugins/litellm", "plugins/file")
              for part in ("-e", f"{_ROOT}/{name}"))  # fmt: skip
_THEIRS = (
    "litellm==1.110.2", "apscheduler", "azure-identity", "azure-storage-blob", "backoff",
    "backports-zstd", "boto3", "cryptography", "expression", "fastapi", "fastapi-sso", "gunicorn",
    "hiredis", "httpx2", "mcp>=2.3,<3", "orjson", "polars", "pyjwt", "pynacl", "python-multipart",
    "pyyaml", "restrictedpython", "rich", "rq", "semver", "soundfile", "starlette", "tomlkit",
    "uvicorn", "uvloop", "websockets<16",
)  # fmt: skip
ENVIRONMENT = Environment("litellm-proxy", (*_THEIRS, *_OURS))


def launch(settings: Mapping[str, Any], folder: Path, env: Mapping[str, str]) -> Launch:
    """Say how to start it with these settings, as its configuration file has them."""
    config = folder / "config.yaml"
    config.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    program = ENVIRONMENT.program("litellm")
    own = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", **env}
    command = (program, "--config", config, "--host", HOST, "--port", "{http}")
    return Launch("litellm-proxy", command, ready="/health/liveliness", env=own, seconds=180)
