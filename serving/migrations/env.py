"""Alembic's entry: the connection comes from ``serving.ledger.store.migrate``, never from a file."""

from __future__ import annotations

from alembic import context

from serving.ledger.ledger import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
