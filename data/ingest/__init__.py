"""Files and SQL tables become checked tables.

source (reading), values (text to values), rules (what a table must look like), tables (one), folder (all).
"""
