"""Chain beside its baselines: placement on any folder of tables, further nodes, bands, speed, investors."""
