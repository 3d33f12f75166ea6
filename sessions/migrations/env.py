"""How Alembic reaches the database: by the connection that `sessions.database` gives it, inside its transaction."""

from alembic import context

from sessions.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
