"""Benchmarks of the points."""
