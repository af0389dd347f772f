"""What options and arguments take. What a value is not is said in ``bad NAME`` of the texts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from headrace.model.identity import Scope
from headrace.model.moments import is_moment
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


class ScopeOfToken(click.ParamType[Scope]):
    """What a token may be used for."""

    name = "scope"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Scope:
        try:
            return Scope(str(value))
        except ValueError:
            self.fail(str(value), param, ctx)


class Moment(click.ParamType[datetime]):
    """A day or a moment (ISO 8601); without an offset, in UTC."""

    name = "moment"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(str(value), param, ctx)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        if not is_moment(moment):
            self.fail(str(value), param, ctx)
        return moment


class ExportFormat(click.ParamType[str]):
    """csv or jsonl."""

    name = "format"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        if value not in ("csv", "jsonl"):
            self.fail(str(value), param, ctx)
        return str(value)


class Until(click.ParamType[timedelta | datetime]):
    """A time from now on (``12h``, ``90d``), or a day (ISO 8601), which begins in UTC."""

    name = "until"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | datetime:
        text = str(value)
        span = re.fullmatch(r"([1-9][0-9]{0,4})([hd])", text)
        if span is not None:
            return timedelta(**{_UNITS[span[2]]: int(span[1])})
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            self.fail(text, param, ctx)


_UNITS = {"h": "hours", "d": "days"}
