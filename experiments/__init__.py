"""What we compare: benchmarks against peers, and one folder per question."""
