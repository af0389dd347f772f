"""A pytest plugin: Hypothesis reports the first failure it finds, and finds the same each time."""

from __future__ import annotations

from hypothesis import Phase, settings

settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], derandomize=True)
settings.load_profile("mutants")
