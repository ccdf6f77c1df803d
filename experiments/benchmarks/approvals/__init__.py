"""Benchmarks of approvals."""
