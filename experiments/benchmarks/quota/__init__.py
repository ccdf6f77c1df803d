"""Benchmarks of quotas, certificates and the sentences of answers."""
