"""The table, as `CreateTable` takes it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from llmlog.message import JSON


def definition(table: str) -> dict[str, JSON]:
    """Return the arguments of `CreateTable`."""
    return {
        "TableName": table,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


def create(client: Any, table: str) -> str:
    """Ask for the table, which takes a while to be there; say what came of it."""
    try:
        client.create_table(**definition(table))
    except ClientError as problem:
        return f"cannot make the table {table}: {problem}"
    return f"the table {table} is being made"
