"""How the learned ones are made: pure fits, one stage per file of artefacts, runs tracked."""
