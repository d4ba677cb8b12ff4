"""The person who signs in."""

from __future__ import annotations

from mcp_proxy.login.person import Person, SignInPage

URL = "https://auth.example/page"


def test_what_to_do_goes_on_a_sentence_with() -> None:
    """RFC 8628 §3.3: where there is a code, it is told with its page."""
    assert SignInPage(URL).deed == f"open {URL}"
    assert SignInPage(URL, "WDJB-MJHT").deed == f"open {URL} and enter the code WDJB-MJHT"


def test_a_person_may_be_out_of_reach_of_questions() -> None:
    """Ours: a desktop client's bridge has no terminal."""
    shown: list[SignInPage] = []
    person = Person(shown.append)
    person.show(SignInPage(URL))
    assert shown == [SignInPage(URL)]
    assert person.ask is None
