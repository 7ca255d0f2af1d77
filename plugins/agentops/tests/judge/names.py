"""Write every name that AgentOps' own conventions have."""

import importlib
import inspect
import json
import pkgutil
import sys

from agentops import semconv

found = set()
for info in pkgutil.iter_modules(semconv.__path__):
    module = importlib.import_module(f"{semconv.__name__}.{info.name}")
    for _, cls in inspect.getmembers(module, inspect.isclass):
        found |= {value for value in vars(cls).values() if isinstance(value, str)}
        found |= {str(value.value) for value in vars(cls).values() if hasattr(value, "value")}
json.dump(sorted(found), sys.stdout)
