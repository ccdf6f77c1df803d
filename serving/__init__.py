"""The decision service: its HTTP interface, its ledger, and what packs and starts it."""
