"""Alembic's scripts: one file a step, each plain SQL, applied in order under one lock."""
