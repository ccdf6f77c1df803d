"""Long work as rows of the ledger's store: who wants what, how far it is, what came out."""
