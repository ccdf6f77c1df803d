"""Any number of runs beside the first: figures with paired intervals, parameters, curves and weights, on one page."""
