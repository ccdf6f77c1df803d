"""What we measure: point-in-time cases, and the columns that points, risk and quota are made from."""
