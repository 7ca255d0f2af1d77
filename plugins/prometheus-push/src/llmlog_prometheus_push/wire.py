"""Sums on the wire: text for a Pushgateway, protobuf in a Snappy block for remote write.

`WriteRequest` is three messages of two fields each, so that it is written here by hand:
timeseries (1: label, 2: sample), label (1: name, 2: value), sample (1: double, 2: time in ms).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

import cramjam
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.samples import Sample

_BYTES, _VARINT, _DOUBLE = 2, 0, 1


def exposition(registry: CollectorRegistry) -> tuple[bytes, dict[str, str]]:
    """Return body and headers for a Pushgateway."""
    lines = generate_latest(registry).decode().splitlines(keepends=True)
    kept = [line for line in lines if "_created{" not in line and "_created " not in line]
    return "".join(kept).encode(), {"content-type": CONTENT_TYPE_LATEST}


def write_request(
    registry: CollectorRegistry, target: Mapping[str, str], time_ms: int
) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of remote write 1.0."""
    series = b"".join(_field(1, _series(sample, target, time_ms)) for sample in samples(registry))
    return bytes(cramjam.snappy.compress_raw(series)), {
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
        "x-prometheus-remote-write-version": "0.1.0",
    }


def samples(registry: CollectorRegistry) -> Iterator[Sample]:
    """Yield all sums, without the times at which they began."""
    for metric in registry.collect():
        yield from (each for each in metric.samples if not each.name.endswith("_created"))


def _series(sample: Sample, target: Mapping[str, str], time_ms: int) -> bytes:
    """Return one series; its labels are sorted, and none of them is empty."""
    labels = {**sample.labels, **target, "__name__": sample.name}
    named = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode()))
        for name, value in sorted(labels.items()) if value
    )  # fmt: skip
    value = bytes([1 << 3 | _DOUBLE]) + struct.pack("<d", sample.value)
    return named + _field(2, value + bytes([2 << 3 | _VARINT]) + _varint(time_ms))


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | _BYTES]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    made = b""
    while number > 127:  # noqa: PLR2004  # seven bits in each byte
        made += bytes([number & 127 | 128])
        number >>= 7
    return made + bytes([number])
