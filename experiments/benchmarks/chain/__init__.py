"""Chain beside its baselines and on planted truth: placement, further nodes, bands, node scores, investors, speed."""
