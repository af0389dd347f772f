"""An S3-compatible bucket that keeps files (https://docs.aws.amazon.com/AmazonS3/latest/API/).

Large files go in parts; an object is seen only once it is whole. Without keys in the settings,
those of the environment or of the machine's role count, as they do for Amazon's own programs.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from headrace.errors import StorageUnavailable
from headrace.files.storage import PIECE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

    from headrace.settings import Settings

log = logging.getLogger(__name__)

_PART = 8 * 2**20
_PARTS_AT_ONCE = 3


@contextmanager
def _bucket_errors() -> Iterator[None]:
    """Raises StorageUnavailable for whatever the bucket says."""
    try:
        yield
    except (BaseError, OSError) as error:
        log.error("the bucket of files does not do as asked: %s", str(error).partition("\n")[0])
        raise StorageUnavailable from error


class Bucket:
    """Objects of a bucket, below ``prefix``."""

    def __init__(self, name: str, prefix: str, settings: Settings) -> None:
        self._store = S3Store(
            name,
            prefix=prefix or None,
            client_options={
                "allow_http": settings.s3_endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "read_timeout": timedelta(seconds=30),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
            **_keys(settings),
        )

    async def keep(self, key: str, source: Path) -> None:
        """Send it, in parts if it is large."""
        with _bucket_errors():
            await obstore.put_async(
                self._store, key, source, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE
            )

    async def read(self, key: str, start: int, end: int) -> AsyncGenerator[bytes]:
        """Piece by piece, as the bucket sends it."""
        if start >= end:
            return
        with _bucket_errors():
            found = await obstore.get_async(self._store, key, options={"range": (start, end)})
            pieces = found.stream(min_chunk_size=PIECE)
        while True:
            with _bucket_errors():
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield bytes(piece)

    async def drop(self, key: str) -> None:
        """Delete it."""
        try:
            with _bucket_errors():
                await obstore.delete_async(self._store, key)
        except StorageUnavailable as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise

    async def check(self) -> None:
        """Put and delete an object."""
        key = f"probe-{uuid4()}"
        with _bucket_errors():
            await obstore.put_async(self._store, key, b"headrace")
        await self.drop(key)


def _keys(settings: Settings) -> dict[str, Any]:
    given = {
        "endpoint": settings.s3_endpoint,
        "region": settings.s3_region,
        "access_key_id": settings.s3_access_key,
        "secret_access_key": settings.s3_secret_key,
    }
    return {name: value for name, value in given.items() if value}
