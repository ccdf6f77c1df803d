"""Benchmarks of matching: events (invitations), feedback (clicks and off-policy values)."""
