"""Default within 12 months.

model (PD, interval, grade), layer (Bayesian), additive (remainder), drift and drift_watch (applicants unlike the
model's firms).
"""
