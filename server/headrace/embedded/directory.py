"""The data directory and its locks.

    gate   exclusive: whoever starts or stops an engine
    users  shared: every process that uses PostgreSQL; exclusive: nobody does
    up     exclusive: the one `headrace up`

All are flock(2) locks: they fall with their process, however it ends, so no pid is ever stale.
``users`` and ``up`` change hands behind the gate only.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

from headrace.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class FileLock:
    """A lock on a file, held until closed."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self) -> None:
        """Wait for the lock."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def share(self) -> None:
        """Wait for a share of the lock."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def try_take(self) -> bool:
        """Take the lock unless another process holds or shares it; a share of ours is lost."""
        with suppress(BlockingIOError):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Directory:
    """A data directory, made if it is missing.

    Raises ConfigurationError where it cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        # Under root PostgreSQL is another user, who passes through.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            path.mkdir(mode=mode, parents=True, exist_ok=True)
            self.root = path.resolve()
            self.users_lock().close()
        except OSError as error:
            raise ConfigurationError(
                f"data: {path} cannot be used as data directory: {error.strerror}. "
                "Give a directory that you may write, with --data or HEADRACE_DATA."
            ) from error

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Nobody else starts or stops an engine meanwhile."""
        with FileLock(self.root / ".gate") as lock:
            lock.take()
            yield

    def users_lock(self) -> FileLock:
        """The lock that users of PostgreSQL share; not yet taken."""
        return FileLock(self.root / ".users")

    def up_lock(self) -> FileLock:
        """The lock of `headrace up`; not yet taken."""
        return FileLock(self.root / ".up")
