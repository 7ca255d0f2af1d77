"""Run statements in ClickHouse's own engine: JSON lines in, JSON lines out."""

import json
import sys

statements = [json.loads(line) for line in sys.stdin.buffer.read().splitlines()]

from chdb.session import Session  # noqa: E402  # it closes the standard input

session = Session(sys.argv[1])
for statement in statements:
    try:
        answer = session.query(statement, "JSONEachRow").bytes().decode()
    except RuntimeError as problem:
        answer = str(problem)
    sys.stdout.write(json.dumps(answer) + "\n")
session.close()
