"""An exporter whose import starts a thread: it is a fault by itself."""

from __future__ import annotations

import threading

from attrs import evolve

from faults import sample_http

ended = threading.Event()
threading.Thread(target=ended.wait, args=(60,), daemon=True).start()
exporter = evolve(sample_http.exporter, name="sample-eager")
