"""What several pages of the console are made of: charts, grids, cards, forms."""
