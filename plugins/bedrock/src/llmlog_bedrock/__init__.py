"""Record the calls of Bedrock: `llmlog.wrap(boto3.client("bedrock-runtime"))`.

It listens to the events that botocore itself gives for each request; no method is replaced.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html
"""

from __future__ import annotations

from llmlog_bedrock.instrumentor import instrumentor

__all__ = ["instrumentor"]
