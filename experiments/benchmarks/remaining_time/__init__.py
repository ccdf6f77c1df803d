"""Remaining time on real case logs, in time order, beside the usual baselines."""
