"""Sessions of a visitor's own camera are told to that visitor only."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What changes."""
    op.add_column("sessions", sa.Column("visitor", sa.Text(), nullable=False, server_default=""))
