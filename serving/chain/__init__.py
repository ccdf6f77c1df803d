"""Industry chains over HTTP: what a release holds of them (packed), and what is answered from it (service)."""
