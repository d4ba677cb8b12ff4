"""The page that ends a sign-in."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from mcp_proxy.net.page import noise, not_signed_in, signed_in


def parts(answer: bytes) -> tuple[str, dict[str, str], str]:
    """Status line, headers and body; the length is right."""
    head, _, body = answer.decode().partition("\r\n\r\n")
    line, *fields = head.split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    assert int(headers["Content-Length"]) == len(body.encode())
    return line, headers, body


@pytest.mark.parametrize("answer", [signed_in(), not_signed_in("No."), noise("404 Not Found", "x")])
def test_nothing_of_it_is_kept_or_told_on(answer: bytes) -> None:
    """Ours: systems.md X3. The address of the page holds a code."""
    _, headers, _ = parts(answer)
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Connection"] == "close"


@pytest.mark.parametrize("answer", [signed_in(), not_signed_in("No.", "Try.")])
def test_the_page_asks_for_nothing_and_its_style_is_allowed(answer: bytes) -> None:
    """Content Security Policy Level 3 §6.7: the style is allowed by its hash."""
    line, headers, body = parts(answer)
    assert line == "HTTP/1.1 200 OK"
    (style,) = re.findall(r"<style>(.*?)</style>", body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert headers["Content-Security-Policy"].startswith(
        f"default-src 'none'; style-src 'sha256-{digest}';"
    )
    attributes: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
            attributes.extend(name for name, _value in attrs)

    Reader().feed(body)
    assert not {"src", "href", "style", "onload"} & {*attributes}


def test_what_others_wrote_is_shown_as_text() -> None:
    """Ours: the reason may hold what an authorization server said."""
    body = parts(not_signed_in("<script>alert(1)</script>", 'a"<b'))[2]
    assert "&lt;script&gt;" in body
    assert "<script" not in body
    assert "What to do next: a&quot;&lt;b" in body


def test_the_titles_tell_success_and_failure_apart() -> None:
    """Ours."""
    assert "<title>Signed in ·" in parts(signed_in())[2]
    assert "<title>Not signed in ·" in parts(not_signed_in("No."))[2]


def test_noise_is_answered_in_a_line() -> None:
    """Ours."""
    line, headers, body = parts(noise("405 Method Not Allowed", "No.", "Allow: GET"))
    assert (line, headers["Allow"], body) == ("HTTP/1.1 405 Method Not Allowed", "GET", "No.\n")
