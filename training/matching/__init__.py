"""How the encoder and the ranker of matching are made: folder (tasks on disk), fit, evaluate, encoder."""
