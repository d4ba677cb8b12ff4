"""The two pages that a person sees at the demo's authorization server.

Self-contained: no script, no font, no request to anywhere.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_proxy.demo.account import Account

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 12vh auto; padding: 0 1rem;
       color-scheme: light dark }
label { display: block; padding: .3rem 0 } small { opacity: .7 }
button { font: inherit; padding: .5rem 1.4rem; margin: 1rem .6rem 0 0; cursor: pointer }
"""


def consent_page(
    title: str, ticket: str, client_id: str, accounts: Sequence[Account], more: str = ""
) -> str:
    """The page on which a person chooses an account and says yes or no; `more`: HTML."""
    choices = "".join(
        f'<label><input type="radio" name="account" value="{escape(account.name)}"'
        f"{' checked' if not index else ''}> <b>{escape(account.name)}</b> "
        f"<small>{escape(account.description)}</small></label>"
        for index, account in enumerate(accounts)
    )
    return _page(
        escape(title),
        f"<p>The application <b>{escape(client_id)}</b> wants to use MCP tools in your name."
        " This is a demonstration on your own machine: choose an account, no password needed.</p>"
        f'<form method="post"><input type="hidden" name="ticket" value="{escape(ticket)}">'
        f'{choices}{more}<button name="decision" value="allow">Allow</button>'
        '<button name="decision" value="deny">Deny</button></form>',
    )


def done_page() -> str:
    """The last page of somebody who has entered a code."""
    return _page("Done", "<p>You can go back to the program that showed the code.</p>")


def refusal_page(reason: str) -> str:
    """The page for a request that may not be sent back to where it came from."""
    return _page("This request is refused", f"<p>{escape(reason)}</p>")


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>{body}</html>"
    )
