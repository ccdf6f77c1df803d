"""Searching a capability's numbers: what is searched, by which figures, in a study that survives its process."""
