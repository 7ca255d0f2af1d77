"""The rhythm of a stream: how far apart its chunks came."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from llmlog.payload import ChunkTiming

_STALL_NS: Final = 1_000_000_000


def rhythm(times_ns: Sequence[int]) -> ChunkTiming:
    """Return the gaps between chunks that came at these times, compactly."""
    gaps = sorted(after - before for before, after in pairwise(times_ns))
    if not gaps:
        return ChunkTiming(count=len(times_ns))
    return ChunkTiming(
        count=len(times_ns),
        gap_p50_ns=(gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]) // 2,
        gap_p95_ns=gaps[min(len(gaps) - 1, int(len(gaps) * 0.95))],
        gap_max_ns=gaps[-1],
        stalls=sum(gap > _STALL_NS for gap in gaps),
    )
