"""How the remaining time of cases is learned, and whether they will be late: pure fits and their figures."""
