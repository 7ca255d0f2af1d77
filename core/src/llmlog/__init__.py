"""Every call to a large language model becomes one record that reaches every place you named.

The public names are loaded at first use: `import llmlog` imports nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from llmlog.default import aflush as aflush
    from llmlog.default import call as call
    from llmlog.default import configure as configure
    from llmlog.default import flush as flush
    from llmlog.default import get_logger as get_logger
    from llmlog.default import instrument as instrument
    from llmlog.default import log as log
    from llmlog.default import start_call as start_call
    from llmlog.default import uninstrument as uninstrument
    from llmlog.default import wrap as wrap
    from llmlog.delivery.outcome import Delivered as Delivered
    from llmlog.delivery.outcome import Outcome as Outcome
    from llmlog.delivery.outcome import Refused as Refused
    from llmlog.delivery.outcome import Rejected as Rejected
    from llmlog.delivery.outcome import Retryable as Retryable
    from llmlog.delivery.request import Reply as Reply
    from llmlog.delivery.request import Request as Request
    from llmlog.encryption.opening import decrypt as decrypt
    from llmlog.errors import AuditError as AuditError
    from llmlog.errors import Blocked as Blocked
    from llmlog.errors import LlmlogError as LlmlogError
    from llmlog.errors import PluginError as PluginError
    from llmlog.errors import SettingsError as SettingsError
    from llmlog.exporter import ClientExporter as ClientExporter
    from llmlog.exporter import HookPlugin as HookPlugin
    from llmlog.exporter import HTTPExporter as HTTPExporter
    from llmlog.exporter import Limits as Limits
    from llmlog.handle import Call as Call
    from llmlog.hookspecs import hookimpl as hookimpl
    from llmlog.logger import FlushReport as FlushReport
    from llmlog.logger import Logger as Logger
    from llmlog.message import Media as Media
    from llmlog.message import Message as Message
    from llmlog.message import Raw as Raw
    from llmlog.message import Reasoning as Reasoning
    from llmlog.message import Text as Text
    from llmlog.message import ToolCall as ToolCall
    from llmlog.message import ToolResult as ToolResult
    from llmlog.payload import Attempt as Attempt
    from llmlog.payload import Cost as Cost
    from llmlog.payload import Error as Error
    from llmlog.payload import Guardrail as Guardrail
    from llmlog.payload import Payload as Payload
    from llmlog.payload import Timing as Timing
    from llmlog.payload import Usage as Usage
    from llmlog.redaction.rewriting import with_texts as with_texts
    from llmlog.scope import context as context
    from llmlog.secret import Secret as Secret
    from llmlog.settings import env as env

_HOMES = {
    "llmlog.handle": ("Call",),
    "llmlog.scope": ("context",),
    "llmlog.default": (
        "aflush",
        "call",
        "configure",
        "flush",
        "get_logger",
        "instrument",
        "log",
        "start_call",
        "uninstrument",
        "wrap",
    ),
    "llmlog.delivery.outcome": ("Delivered", "Outcome", "Refused", "Rejected", "Retryable"),
    "llmlog.delivery.request": ("Reply", "Request"),
    "llmlog.encryption.opening": ("decrypt",),
    "llmlog.errors": ("AuditError", "Blocked", "LlmlogError", "PluginError", "SettingsError"),
    "llmlog.exporter": ("ClientExporter", "HTTPExporter", "HookPlugin", "Limits"),
    "llmlog.hookspecs": ("hookimpl",),
    "llmlog.logger": ("FlushReport", "Logger"),
    "llmlog.message": ("Media", "Message", "Raw", "Reasoning", "Text", "ToolCall", "ToolResult"),
    "llmlog.payload": ("Attempt", "Cost", "Error", "Guardrail", "Payload", "Timing", "Usage"),
    "llmlog.redaction.rewriting": ("with_texts",),
    "llmlog.secret": ("Secret",),
    "llmlog.settings": ("env",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> object:
    if name not in _HOME:
        message = f"module 'llmlog' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
