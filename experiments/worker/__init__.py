"""The worker: carries out the jobs of the ledger's store, each in a process of its own."""
