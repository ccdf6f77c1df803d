"""Which models and policies are in force: packing, proposals, activation."""
