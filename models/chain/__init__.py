"""Industry chains: placement of firms, patents and demands on nodes, with probabilities, bands and evidence."""
