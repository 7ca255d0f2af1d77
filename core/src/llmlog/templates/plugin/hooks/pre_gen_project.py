"""Refuse answers that make no working plugin."""

import re
import sys

if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "{{ cookiecutter.name }}"):
    sys.exit("name: say lower-case words with hyphens between, such as my-backend")
if len("{{ cookiecutter.name }}") > 30:
    sys.exit("name: say it in 30 characters")
if len("{{ cookiecutter.__summary }}") not in range(1, 81):
    sys.exit("description: say it in 80 characters")
