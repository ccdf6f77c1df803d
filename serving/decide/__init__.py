"""Decisions: the worker, the firm snapshot, bounds, the caller's own values, safeguards, drift, tables."""
