"""What other rules would have decided: a baseline beside any number of reforms, over all firms, with intervals.

levers (what may differ), scenario (levers applied to a release), evaluate (points and decisions of a scenario),
buckets and groups (who moves how far), bootstrap and parts (intervals), attribution, stack, cliffs, padding, typical,
frontier (the tables of a result), simulate (all of it), result (what comes out).
"""
