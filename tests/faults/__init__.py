"""Seeded faults: each breaks the core or a sample plugin, and a clause of the contract sees it."""
