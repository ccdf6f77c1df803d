"""Technology demands to suppliers and back.

index (nearest vectors in memory), pgvector (the same in PostgreSQL), index_update (new and withdrawn passages).
"""
