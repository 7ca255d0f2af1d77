"""`python -m llmlog`."""

import sys

from llmlog.cli import main

sys.exit(main())
