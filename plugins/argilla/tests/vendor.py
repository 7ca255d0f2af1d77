"""Read bodies with the models of the vendor's server, in an environment that has it."""
# mypy: disable-error-code="import-not-found"

import json
import sys

from argilla_server.api.schemas.v1.records_bulk import RecordsBulkUpsert

for body in json.load(sys.stdin):
    RecordsBulkUpsert.model_validate(body)
