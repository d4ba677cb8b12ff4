"""The page that a person sees after a sign-in, and what is said to noise.

Self-contained: no script, no font, no request to anywhere, no word of code or token.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6475; --ground: #f4f6f9;
  --card: #fff; --line: #dfe3ea; --mark: #17794a; --tint: #e2f4ea }
.no { --mark: #b3352b; --tint: #fbe7e5 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf1; --soft: #9aa3b4; --ground: #12151b; --card: #1b2028; --line: #2c333f;
    --mark: #5fd39a; --tint: #173527 }
  .no { --mark: #ff9a8f; --tint: #40211f } }
* { box-sizing: border-box; margin: 0 }
body { min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif }
main { width: 100%; max-width: 27rem; padding: 2.5rem 2rem; text-align: center;
  background: var(--card); border: 1px solid var(--line); border-radius: 14px }
svg { width: 3.5rem; height: 3.5rem; padding: .9rem; border-radius: 50%; fill: none;
  background: var(--tint); stroke: var(--mark); stroke-width: 2.5; stroke-linecap: round;
  stroke-linejoin: round }
h1 { margin: 1.1rem 0 .5rem; font-size: 1.4rem; font-weight: 650; letter-spacing: -.01em }
p + p { margin-top: .6rem; color: var(--soft) }
p { overflow-wrap: anywhere; text-wrap: balance }
footer { margin-top: 1.8rem; font-size: .8rem; color: var(--soft) }
"""
_TICK = '<path d="M4 12.5l5.5 5.5L20 6.5"/>'
_CROSS = '<path d="M6 6l12 12M18 6L6 18"/>'

_POLICY = (
    f"default-src 'none'; style-src 'sha256-"
    f"{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def signed_in() -> bytes:
    """The answer to a browser whose sign-in is complete, tokens and all."""
    return _page("Signed in", ["You can close this window and go back to your work."])


def not_signed_in(reason: str, hint: str | None = None) -> bytes:
    """The answer to a browser whose sign-in ended without a grant, and why."""
    return _page("Not signed in", [reason, *([f"What to do next: {hint}"] if hint else [])])


def noise(status: str, text: str, *headers: str) -> bytes:
    """The answer to a request that is not the awaited redirect; `status` as `404 Not Found`."""
    return _answer(status, "text/plain", f"{text}\n", *headers)


def _page(title: str, paragraphs: list[str]) -> bytes:
    good = title == "Signed in"
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return _answer(
        "200 OK",
        "text/html",
        f'<!doctype html><html lang="en"{"" if good else " class=no"}><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{title} · mcp-permit</title><style>{_STYLE}</style><main>"
        f'<svg viewBox="0 0 24 24" aria-hidden="true">{_TICK if good else _CROSS}</svg>'
        f"<h1>{title}</h1>{body}<footer>mcp-permit, on this computer</footer></main></html>\n",
        f"Content-Security-Policy: {_POLICY}",
    )


def _answer(status: str, kind: str, text: str, *headers: str) -> bytes:
    body = text.encode()
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body
