"""The demo company: people, groups, what they said before, and traffic that goes on live.

    company.toml   people and groups          company.py   creates them
    history.toml   what was said before       history.py   says it, once
    traffic.toml   templates                  traffic.py   makes new texts of them, and publishes
                                              show.py      all of it, for as long as a node runs

It uses the doors that everybody uses, and nothing else knows it but ``running``'s caller.
"""

from headrace.demo.company import sign_ins
from headrace.demo.show import running

__all__ = ["running", "sign_ins"]
