"""The audit log is only ever appended to: the database itself refuses anything else."""

from alembic import op

revision = "0011"
down_revision = "0010"

# Whoever owns the database can take the triggers away; the chain of hashes tells that they did.
STATEMENTS = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'table % is only ever appended to', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END
    $$
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    """Make the triggers."""
    for statement in STATEMENTS:
        op.execute(statement)
