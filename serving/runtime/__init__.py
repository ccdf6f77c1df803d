"""The process: workers, their state, background threads, logs, the BentoML service."""
