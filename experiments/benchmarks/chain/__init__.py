"""Industry chains beside their baselines and on planted truth."""
