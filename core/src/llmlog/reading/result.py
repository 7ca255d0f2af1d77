"""Results that are no conversation: embeddings, images, moderations, transcriptions.

What is kept is small: never vectors, never base64 content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from llmlog.message import JSON
from llmlog.reading.access import count, items, mapping

Item = Mapping[str, JSON]
_FLOAT_BYTES = 4
_ENVELOPE = ("usage", "model", "id", "object", "created", "service_tier")


def _rows(item: Item) -> list[Item]:
    rows = items(item.get("data")) or items(item.get("embeddings")) or [item.get("embedding")]
    return [{"embedding": row} if isinstance(row, list) else mapping(row) for row in rows]


def _dimensions(row: Item) -> int | None:
    """Return the length of a vector: a list, or 32-bit floats in base64."""
    vector = row.get("embedding", row.get("values"))
    if isinstance(vector, str):
        return len(vector.rstrip("=")) * 3 // 4 // _FLOAT_BYTES
    return len(items(vector)) or None


def _is_embedding(item: Item) -> bool:
    return any("embedding" in row or "values" in row for row in _rows(item)[:1])


def _embedding(item: Item) -> JSON:
    rows = _rows(item)
    return {"count": len(rows), "dimensions": _dimensions(rows[0])}


def _is_image(item: Item) -> bool:
    rows = [mapping(row) for row in items(item.get("data"))[:1]]
    return any("b64_json" in row or "url" in row for row in rows)


def _image(item: Item) -> JSON:
    images = [mapping(row) for row in items(item.get("data"))]
    made = {"count": len(images), "images": [_without_content(image) for image in images]}
    return {**made, **{name: item[name] for name in ("size", "quality", "output_format")
                       if item.get(name) is not None}}  # fmt: skip


def _without_content(image: Item) -> dict[str, JSON]:
    kept = {name: value for name, value in image.items() if name != "b64_json" and value}
    content = image.get("b64_json")
    return {**kept, "bytes": len(content) * 3 // 4} if isinstance(content, str) else kept


def _is_moderation(item: Item) -> bool:
    rows = [mapping(row) for row in items(item.get("results"))[:1]]
    return any("flagged" in row for row in rows)


def _moderation(item: Item) -> JSON:
    return item["results"]


def _is_counted(item: Item) -> bool:
    usage = mapping(item.get("usage"))
    names = ("prompt_tokens", "input_tokens", "total_tokens", "seconds")
    return any(count(usage.get(name)) is not None for name in names)


def _counted(item: Item) -> JSON:
    return {name: value for name, value in item.items() if name not in _ENVELOPE}


_KINDS: tuple[tuple[Callable[[Item], bool], Callable[[Item], JSON]], ...] = (
    (_is_embedding, _embedding),
    (_is_image, _image),
    (_is_moderation, _moderation),
    (_is_counted, _counted),
)


def is_value(item: Item) -> bool:
    """Say whether this is a result of a model, rather than anything at all."""
    return any(fits(item) for fits, _ in _KINDS)


def read_value(item: Item) -> JSON:
    """Return what is worth keeping of it."""
    return next(reader(item) for fits, reader in _KINDS if fits(item))


def assemble_value(events: Sequence[Item]) -> JSON | None:
    """Put the events of a streamed image or transcript together; None if they are none."""
    kinds = {str(event.get("type")) for event in events}
    if any(kind.startswith(("image_generation.", "image_edit.")) for kind in kinds):
        return _drawn(dict(events[-1]))
    if any(kind.startswith("transcript.") for kind in kinds):
        return _heard(events)
    return None


def _drawn(event: dict[str, JSON]) -> JSON:
    kind, content = str(event.pop("type", "")), event.pop("b64_json", None)
    return {**event, "data": [{"b64_json": content}] if kind.endswith(".completed") else []}


def _heard(events: Sequence[Item]) -> JSON:
    last = events[-1]
    if last.get("type") == "transcript.text.done":
        return {name: last[name] for name in ("text", "usage") if name in last}
    return {"text": "".join(str(event["delta"]) for event in events if event.get("delta"))}
