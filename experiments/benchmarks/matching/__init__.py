"""Benchmarks of matching: ours and its peers on any folder of text tasks."""
