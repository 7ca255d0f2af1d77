"""The hooks a plugin may implement, and the markers.

An implementation may be a plain function or `async def`. The host calls the implementations one
by one, each guarded: one that raises is counted and reported, and harms neither the others nor
the caller. A method whose name is close to a hook's but is none is refused at registration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from llmlog.handle import Call
    from llmlog.payload import Payload

GROUP = "llmlog"
API_VERSION = 1

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def pre_call(call: Call) -> None:
    """Look at a call before the model is called; edit it or stop it.

    Called on the caller's thread, before the request is sent, in the order of registration; each
    implementation sees what the previous one left. Edit `call.messages` or `call.parameters` by
    assignment. Raise `llmlog.Blocked(reason)` to stop the call: the caller receives it, and the
    record has the status `blocked`. Any other exception is counted and the call goes on, unless
    the implementation's object has `fails_closed = True`: then it blocks.
    An `async def` implementation is awaited by `async with`, and run on llmlog's own loop
    otherwise.
    """


@hookspec
def redact(payload: Payload, destination: str) -> Payload | None:
    """Return what may go to `destination` (a plugin's name); None leaves the payload as it is.

    Called on a thread of llmlog's own once per payload and plugin, after the plugin's policy.
    Implementations are folded: each works on the previous one's result. One that raises, returns
    anything else, or takes longer than `redact_timeout_s` hides all content from that destination.
    """


@hookspec
def log_success(payload: Payload) -> None:
    """Take the record of a call with the status `success`.

    Called on a thread of the plugin's own, one payload at a time. An exception is counted as
    `dropped`, reported in the log once in a while, and the next payload follows.
    """


@hookspec
def log_failure(payload: Payload) -> None:
    """Take the record of a call with the status `failure`, `aborted` or `blocked`.

    Called as `log_success` is.
    """
