"""`python -m llmlog.cli`."""

import sys

from llmlog.cli import main

sys.exit(main())
