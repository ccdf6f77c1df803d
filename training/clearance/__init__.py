"""How the remaining time of a declaration's stages is learned: pure fits and their figures."""
