"""The backend: answers everything at once, keeps the bodies, and counts events when asked.

    python benchmarks/sink.py            # prints its port, ends with its standard input

It is a process of its own, so that its work is nobody's. Bodies are unpacked and read only when
somebody asks for the count. `GET /-/count` says how many distinct events have arrived;
`POST /-/mode/slow|hang|fail|good` says how it answers from then on, `POST /-/reset` forgets.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import sys
import zlib
from collections.abc import Callable, Mapping

SLOW_S = 1.0
_INFO = json.dumps({
    "version": "0.12.0", "instance_flags": {"zstd_compression_enabled": True},
    "batch_ingest_config": {
        "use_multipart_endpoint": True, "size_limit": 100, "size_limit_bytes": 20_971_520,
        "scale_up_qsize_trigger": 1000, "scale_up_nthreads_limit": 16,
        "scale_down_nempty_trigger": 4,
    },
}).encode()  # fmt: skip
"""What LangSmith's service says of itself: its client then sends as it does there."""
_MARKS = re.compile(rb"llmbench-(\d{8})")


def _zstd(content: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj().decompress(content)


_UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress, "deflate": zlib.decompress, "zstd": _zstd,
}  # fmt: skip


class Sink:
    """What has arrived, and how to answer."""

    def __init__(self) -> None:
        self.mode = "good"
        self.bodies: list[tuple[str, bytes]] = []
        self.seen: set[bytes] = set()
        self.bytes = self.requests = 0

    def count(self) -> int:
        """Return how many distinct events have arrived."""
        while self.bodies:
            encoding, body = self.bodies.pop()
            self.seen.update(_MARKS.findall(_UNPACK.get(encoding, bytes)(body)))
        return len(self.seen)

    async def answer(self, method: str, path: str, encoding: str, body: bytes) -> bytes | None:
        """Return what to say to a request; None to close without a word."""
        if path.startswith("/-/"):
            return self._control(path[3:])
        self.requests += 1
        self.bytes += len(body)
        while self.mode == "hang":  # noqa: ASYNC110  # until somebody says otherwise
            await asyncio.sleep(0.01)
        if self.mode == "slow":
            await asyncio.sleep(SLOW_S)
        if self.mode == "fail":
            return _reply(503, b"{}")
        if method == "GET" and path.endswith("/info"):
            return _reply(200, _INFO)
        if body:
            self.bodies.append((encoding, body))
        return _reply(200, b"{}")

    def _control(self, command: str) -> bytes:
        name, _, argument = command.partition("/")
        if name == "mode":
            self.mode = argument
        if name == "reset":
            self.__init__()  # type: ignore[misc]
        text = f'{{"events": {self.count()}, "requests": {self.requests}, "bytes": {self.bytes}}}'
        return _reply(200, text.encode())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ", 2)
                headers = {name.lower(): value.strip() for name, _, value in
                           (line.partition(":") for line in head[1:] if line)}  # fmt: skip
                if headers.get("expect") == "100-continue":
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = await _body(reader, headers)
                said = await self.answer(method, path, headers.get("content-encoding", ""), body)
                writer.write(said or b"")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length") or 0))
    pieces: list[bytes] = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        pieces.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(pieces)


def _reply(status: int, content: bytes) -> bytes:
    return (f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n"
            f"content-length: {len(content)}\r\n\r\n").encode() + content  # fmt: skip


async def main() -> None:
    """Serve until standard input ends."""
    server = await asyncio.start_server(Sink().serve, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
