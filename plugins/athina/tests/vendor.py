"""Log an inference with the vendor's SDK, in an environment that has it."""
# mypy: disable-error-code="import-not-found"

import json
import sys

from athina_logger import inference_logger
from athina_logger.api_key import AthinaApiKey

asked = json.load(sys.stdin)
inference_logger.API_BASE_URL = asked["url"]
AthinaApiKey.set_api_key("fake-key")
inference_logger.InferenceLogger.log_inference(**asked["inference"])
