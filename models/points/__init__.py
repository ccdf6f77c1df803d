"""Innovation points.

card (the scorecard), lookup (value to points), file (the card as YAML), improve (the fewest changes to a target).
"""
