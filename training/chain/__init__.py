"""How placement on chains is learned: the ridge with exact leave-one-out values, the trees, the bands."""
