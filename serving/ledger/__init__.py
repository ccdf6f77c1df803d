"""The append-only ledger: store, chain, group commit, signed checkpoints."""
