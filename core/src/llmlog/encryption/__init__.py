"""Content under a key of its owner: without the key, nobody reads it, wherever it lies.

Needs `llmlog[encryption]`.
"""
