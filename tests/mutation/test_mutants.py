from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.mutation.mutants import MUTANTS, SOURCE, Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_source(mutant: Mutant) -> None:
    source = (ROOT / SOURCE / mutant.file).read_text()
    mutated = mutant.applied(source)
    assert mutated != source
    if mutant.file.endswith(".py"):
        compile(mutated, mutant.file, "exec")


def test_every_mutant_has_a_name_of_its_own_and_tests_that_exist() -> None:
    assert max(Counter(mutant.name for mutant in MUTANTS).values()) == 1
    for path in {path for mutant in MUTANTS for path in mutant.tests}:
        assert (ROOT / path).exists(), path


def test_there_are_mutants_in_everything_that_delivery_stands_on() -> None:
    files = {mutant.file for mutant in MUTANTS}
    assert files >= {
        "log/appending.py",
        "publishing/batch.py",
        "live/window.py",
        "live/session.py",
        "live/cohort.py",
        "live/hub.py",
        "relay.py",
        "admission.py",
        "pages.py",
        "model/filters.py",
    }
    assert len(MUTANTS) >= 25
