"""Making the risk model.

fit, layer, learner, members, widen, time_order, calibration; leakage*, figures, reports, selection, disclosure*
examine it.
"""
