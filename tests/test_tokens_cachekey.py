"""What makes two sign-ins different."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcp_proxy.tokens.cachekey import CacheKey

KEY = CacheKey("https://gw.example/mcp/", "https://as.example", "me", None, "default")


def test_the_digest_stays_the_same_for_ever() -> None:
    """peers.md 7: an upgrade that changed it would sign everybody out."""
    assert KEY.digest == "51059370d699da8c546c250df3f55a20"


@pytest.mark.parametrize("name", ["gateway", "issuer", "client_id", "resource", "account"])
def test_every_part_tells_sign_ins_apart(name: str) -> None:
    """systems.md X8."""
    assert replace(KEY, **{name: "other"}).digest != KEY.digest


def test_parts_do_not_run_into_each_other() -> None:
    """Ours: `ab` + `c` is not `a` + `bc`, and no resource is not the resource ""."""
    one, two = replace(KEY, issuer="ab", client_id="c"), replace(KEY, issuer="a", client_id="bc")
    assert one.digest != two.digest
    assert replace(KEY, resource="").digest != KEY.digest


def test_a_digest_is_a_file_name_for_any_parts() -> None:
    """Ours: accounts may be called anything, lone surrogates of odd terminals included."""
    digest = replace(KEY, account="Zoë/../\udcff").digest
    assert len(digest) == 32
    assert set(digest) <= set("0123456789abcdef")
