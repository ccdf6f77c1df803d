"""Bad challengers and a good one, planted, before the checks of promotion."""
