"""Benchmarks of reform simulations."""
