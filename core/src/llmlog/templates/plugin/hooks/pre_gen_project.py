"""Refuse answers that make no working plugin."""

import re
import sys

name = "{{ cookiecutter.name }}"
summary = r"""{{ cookiecutter.__summary }} """.strip()
texts = summary + r"""{{ cookiecutter._authors }} """

if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
    sys.exit("name: say lower-case words with hyphens between, such as my-backend")
if len(name) > 30:
    sys.exit("name: say it in 30 characters")
if len(summary) not in range(1, 81):
    sys.exit("description: say it in 80 characters")
if any(sign in texts for sign in '"\\\n'):
    sys.exit("description and author: say them without quotes and backslashes")
