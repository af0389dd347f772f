"""People whom somebody else vouches for or looks after.

providers.py   signing in with a provider: whose account it is, and where it ends
linking.py     whom a provider's word means here
provisioning.py    people and teams, as a directory elsewhere wants them
"""

from headrace.federation.providers import Begun, Finished, SignIns

__all__ = ["Begun", "Finished", "SignIns"]
