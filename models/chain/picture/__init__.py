"""How a fishbone is measured, laid out and written; ``models.chain.fishbone`` makes one."""
