"""How two or more runs are compared on the same rows: metrics, paired differences that resample firms, results."""
