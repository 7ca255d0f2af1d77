"""A process that counts on command: one line in, one line out.

`count 3` counts three calls, `fork` goes on in a child as well, which counts five and waits, `take`
opens the port anew, `close` ends the Logger. Arguments: the port, or 0 for none.
"""

from __future__ import annotations

import os
import sys
import uuid

from attrs import evolve

from llmlog import Logger
from llmlog.testing.samples import sample


def make(port: int) -> Logger:
    settings = {"port": port} if port else {}
    return Logger(plugins=["prometheus"], environ={}, file=False, plugin={"prometheus": settings})


def count(logger: Logger, calls: int) -> None:
    for _ in range(calls):
        logger.log(evolve(sample(), id=str(uuid.uuid4())))
    assert logger.flush(10).complete


def fork(logger: Logger) -> str:
    """Return what the child says; it lives on until its parent ends."""
    reading, writing = os.pipe()
    parent_ends, held_by_parent = os.pipe()
    if os.fork():
        os.close(writing)
        with os.fdopen(reading) as pipe:
            return pipe.readline().strip()
    os.close(held_by_parent)
    count(logger, 5)
    os.write(writing, f"{' '.join(logger.problems) or 'fine'}\n".encode())
    os.read(parent_ends, 1)
    os._exit(0)


def main(port: int) -> None:
    logger = make(port)
    print("ready", flush=True)
    for line in iter(sys.stdin.readline, ""):
        command, _, argument = line.strip().partition(" ")
        answer = "done"
        if command == "count":
            count(logger, int(argument))
        elif command == "fork":
            answer = fork(logger)
        elif command == "close":
            logger.close()
        elif command == "take":
            logger = make(port)
        print(answer, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
