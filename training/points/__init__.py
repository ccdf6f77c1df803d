"""Making the points scorecard.

fit, sample, shapes, weights, learn, bounds, cards; verdict, audit and pictures examine it.
"""
