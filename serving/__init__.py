"""How others ask: the bank counter over HTTP, its ledger, and what packs and starts it."""
