"""How matching is learned. ``pretrained`` reads the encoder that a package ships, ``encoder`` tunes one, ``graph`` writes it."""
