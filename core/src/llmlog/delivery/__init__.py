"""Delivery: queue, batch, retry, transport and what ends them."""
