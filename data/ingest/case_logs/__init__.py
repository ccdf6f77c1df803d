"""Event logs of cases, as XES or CSV: read whole, or refused row by row with the reason."""
