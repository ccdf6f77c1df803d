"""Benchmarks of customs clearance."""
