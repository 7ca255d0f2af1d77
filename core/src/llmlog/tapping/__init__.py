"""What instrumentors share: streams and bodies that pass through a call, and who the provider is.

For clients that are generated alike, such as those of OpenAI and Anthropic: one `request` method,
`Stream` objects over server-sent events, raw responses over httpx.
"""
