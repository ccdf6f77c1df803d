"""Technology demands to suppliers and back.

lexical (words and character n-grams), library (a prepared library of passages), columns (what a demand and a firm
have in common, as numbers), ranker (the order), confidence (the probability of being relevant, and when no firm is
proposed), filters (the zone's rules), answer (what a person reads).
"""
