"""Real servers that the tests write into and read back from.

Each server has a module with its `launch` (how to start it) and its read-back functions, which
ask the server's own API and return plain data. `fixtures.py` makes them pytest fixtures.

Python servers live in environments of their own, made on first use below `LLMLOG_TEST_CACHE`
(`~/.cache/llmlog-tests` by default), so that their dependencies bend nothing under test. A server
that is missing or does not start skips the tests that ask for it, by name; with
`LLMLOG_REQUIRE_SERVERS=1` it fails them instead.
"""
