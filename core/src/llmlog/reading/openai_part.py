"""Content parts of OpenAI: those of chat messages and those of Responses items."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from llmlog.message import JSON, Media, Part, Text
from llmlog.reading.access import mapping, text
from llmlog.reading.media import linked, sound

Item = Mapping[str, JSON]


def _text(item: Item) -> Part | None:
    content = item.get("text")
    return Text(content=content) if isinstance(content, str) else None


def _refusal(item: Item) -> Part | None:
    words = text(item.get("refusal"))
    return Text(content=words) if words else None


def _linked(modality: str) -> Callable[[Item], Part | None]:
    def read(item: Item) -> Part | None:
        raw = item.get(f"{modality}_url")
        url, file_id = text(mapping(raw).get("url")) or text(raw), text(item.get("file_id"))
        if url:
            return linked(url, modality)
        return Media(modality=modality, file_id=file_id) if file_id else None

    return read


def _audio(item: Item) -> Part | None:
    raw = mapping(item.get("input_audio"))
    data = text(raw.get("data"))
    return sound(data, text(raw.get("format"))) if data else None


def _file(item: Item) -> Part | None:
    raw = mapping(item.get("file")) or item
    data, url = text(raw.get("file_data")), text(raw.get("file_url"))
    if data:
        return linked(data if data.startswith("data:") else f"data:;base64,{data}")
    if url:
        return linked(url)
    file_id = text(raw.get("file_id"))
    return Media(modality="file", file_id=file_id) if file_id else None


READERS: Mapping[str, Callable[[Item], Part | None]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "refusal": _refusal,
    "image_url": _linked("image"),
    "input_image": _linked("image"),
    "video_url": _linked("video"),
    "input_audio": _audio,
    "file": _file,
    "input_file": _file,
}
