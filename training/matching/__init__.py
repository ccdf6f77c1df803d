"""How matching is learned.

pretrained reads the encoder that a package ships, encoder tunes one, graph writes it; folder reads tasks from disk,
fusion, fit and evaluate make and measure the ranker.
"""
