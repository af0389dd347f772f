from __future__ import annotations

from headrace.auth.oidc import Attempt


def test_nonce_and_verifier_need_both_secrets_and_differ() -> None:
    attempts = [Attempt("state", "browser"), Attempt("state", "other"), Attempt("other", "browser")]
    made = {made for attempt in attempts for made in (attempt.nonce, attempt.verifier)}
    assert len(made) == 6
    assert Attempt("state", "browser").nonce == attempts[0].nonce


def test_a_verifier_is_as_long_as_it_has_to_be() -> None:
    """RFC 7636, section 4.1: 43 to 128 unreserved characters."""
    verifier = Attempt("state", "browser").verifier
    assert len(verifier) == 43
    assert set(verifier) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    )
