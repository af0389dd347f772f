"""The key that `headrace up` keeps in its data directory, in a file that its owner alone reads.

Beside it, while the key is changed, lies the next one. Which of the two counts is what the database
says, so a change that is interrupted has either happened or not.
"""

from __future__ import annotations

import base64
import os
import stat
from typing import TYPE_CHECKING

from headrace.auth.sealing import Key
from headrace.errors import SecretKeyFile

if TYPE_CHECKING:
    from pathlib import Path

NAME = "secret.key"
#: Characters; a key has 44.
_MOST = 1_000
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFile:
    """The file of one data directory. One process at a time uses it.

    Every method raises SecretKeyFile where a file is there and not usable.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / NAME
        self._next = self.path.with_suffix(".key.next")

    def there(self) -> list[str]:
        """The key, and the next one, as far as they are there."""
        return [text for path in (self.path, self._next) if (text := _read(path))]

    def settled(self, current: bytes | None) -> str:
        """The key; empty where there is none. ``current`` is the id of the one in use: the next
        key takes its place if that is it, and is void otherwise."""
        following = _read(self._next)
        if following and Key(following).id == current:
            self.finish()
        self._next.unlink(missing_ok=True)
        return _read(self.path)

    def make(self, random: bytes) -> str:
        """Keep a key that is made of that."""
        text = self.begin(random)
        self.finish()
        return text

    def begin(self, random: bytes) -> str:
        """Lay the next key beside the one there is."""
        text = written(random)
        part = self.path.with_suffix(".key.part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(descriptor)
        _move(part, self._next)
        return text

    def finish(self) -> None:
        """Put the next key in its place; the one before is gone."""
        _move(self._next, self.path)


def written(random: bytes) -> str:
    """A key as text."""
    return base64.b64encode(random).decode()


def _move(source: Path, target: Path) -> None:
    """On disk once it returns, so that nothing is sealed with a key that a power cut takes."""
    source.replace(target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(path: Path) -> str:
    try:
        with path.open() as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & _OTHERS:
                raise SecretKeyFile(f"{path} is open to others: say `chmod 600 {path}`")
            text = file.read(_MOST).strip()
            Key(text)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SecretKeyFile(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SecretKeyFile(
            f"{path} does not hold a key: put back the one from your backup; or, if it is lost, "
            "move that file away and say `headrace key change --lost`"
        ) from error
    return text
