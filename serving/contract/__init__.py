"""What callers send and get: types of answers, refusals, instants, JSON members."""
