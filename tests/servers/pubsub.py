"""Google's emulator of Pub/Sub.

https://cloud.google.com/pubsub/docs/emulator
"""

from __future__ import annotations

from pathlib import Path

from servers.absence import unavailable
from servers.process import HOST, Launch

EMULATOR = Path("/usr/lib/google-cloud-sdk/platform/pubsub-emulator/bin/cloud-pubsub-emulator")


def launch() -> Launch:
    """Say how to start it."""
    if not EMULATOR.exists():
        unavailable("pubsub", "Google's emulator is not installed: gcloud components")
    command = (EMULATOR, f"--host={HOST}", "--port={http}")
    return Launch("pubsub", command, ready="/", seconds=60)
