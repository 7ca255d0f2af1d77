"""Images, sounds and files: by link, by data URI, as base64."""

from __future__ import annotations

import base64
from urllib.parse import unquote_to_bytes

from llmlog.message import Media

_FORMATS = {"mp3": "audio/mpeg", "pcm16": "audio/L16"}


def modality_of(mime_type: str | None, otherwise: str = "file") -> str:
    """Return image, audio or video by the MIME type, else `otherwise`."""
    kind = (mime_type or "").partition("/")[0]
    return kind if kind in ("image", "audio", "video") else otherwise


def embedded(content: str, mime_type: str | None, modality: str = "file") -> Media:
    """Return media that travel as base64 text, whichever of its two alphabets is used."""
    return Media(
        modality=modality_of(mime_type, modality),
        mime_type=mime_type,
        content=content.translate(_STANDARD),
    )


_STANDARD = str.maketrans("-_", "+/")


def linked(uri: str, modality: str = "file", mime_type: str | None = None) -> Media:
    """Return media behind a URI; a data URI is taken apart."""
    if uri[:5].lower() != "data:":
        return Media(modality=modality, mime_type=mime_type, uri=uri)
    head, _, data = uri[5:].partition(",")
    mime, *options = head.split(";")
    if "base64" not in options:
        data = base64.b64encode(unquote_to_bytes(data)).decode()
    return embedded(data, mime or mime_type, modality)


def sound(data: str, form: str | None) -> Media:
    """Return base64 sound in a format such as `wav` or `mp3`."""
    return embedded(data, _FORMATS.get(form, f"audio/{form}") if form else None, "audio")
