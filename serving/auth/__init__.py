"""API keys, permissions, rate limits."""
