"""Runs the migrations on the connection the office store hands over, inside its transaction."""

from alembic import context

from pipelines.office.columns import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
