"""``python -m loadtests.bench [SCENARIO…]``: run scenarios, print the table, write JSON."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import uvloop

from loadtests.bench import report
from loadtests.bench.engines import lab
from loadtests.bench.machine import raise_file_limit
from loadtests.bench.running import Survey
from loadtests.bench.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Run the scenarios named, or all."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench", description=__doc__)
    parser.add_argument("scenario", nargs="*", help=", ".join(SCENARIOS))
    names = parser.parse_args(arguments).scenario or list(SCENARIOS)
    if unknown := sorted(set(names) - set(SCENARIOS)):
        parser.error(f"there is no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    raise_file_limit()
    survey = Survey()
    with lab() as engines:
        uvloop.run(survey.take(engines, names))
    report.show(survey.rows, survey.broken)
    print(f"Written to {report.save(survey.rows, survey.broken, report.RESULTS)}")


if __name__ == "__main__":
    main(sys.argv[1:])
