"""Benchmarks of default risk: against peers, on planted truth, drift, leakage, selection."""
