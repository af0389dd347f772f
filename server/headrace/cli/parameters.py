"""What options and arguments take. What a value is not is said in ``bad NAME`` of the texts."""

from __future__ import annotations

from pathlib import Path

import click

from headrace.model.people import Kind


class Speed(click.ParamType[float | None]):
    """How many times as fast as it was; None for as fast as can be."""

    name = "speed"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        try:
            speed = None if value in ("max", None) else float(str(value))
        except ValueError:
            speed = 0.0
        if speed is not None and not 0 < speed < float("inf"):
            self.fail(str(value), param, ctx)
        return speed


class ExistingFile(click.ParamType[Path]):
    """A file that is there."""

    name = "file"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        path = Path(str(value))
        if not path.is_file():
            self.fail(str(path), param, ctx)
        return path


class ExistingDirectory(click.ParamType[Path]):
    """A directory that is there."""

    name = "directory"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        path = Path(str(value))
        if not path.is_dir():
            self.fail(str(path), param, ctx)
        return path


class KindOfPerson(click.ParamType[Kind]):
    """employee, guest or service."""

    name = "kind"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Kind:
        try:
            return Kind(str(value))
        except ValueError:
            self.fail(str(value), param, ctx)
