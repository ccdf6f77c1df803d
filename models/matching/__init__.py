"""Technology demands to suppliers and back.

lexical (words and character n-grams), index (nearest vectors in memory), pgvector (the same in PostgreSQL),
index_update (new and withdrawn passages), library (a prepared library of passages), columns (what a demand and a firm
have in common, as numbers), ranker (the order), confidence (the probability of being relevant, and when no firm is
proposed), filters (the zone's rules), answer (what a person reads), invitations (who to invite to a match event),
assignment and its solver, event_outlook and event_report (what to expect of an event, what came of it), feedback and
off_policy (learning from shown lists).
"""
