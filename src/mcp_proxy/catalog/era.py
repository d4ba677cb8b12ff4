"""Which eras each gateway speaks, so that it is asked once and not at every start.

One small file a gateway, beside the catalogs: it tells nothing that is anybody's own.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from mcp_proxy.files import private_folder, read_private, write_private
from mcp_proxy.wire import jsontext

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mcp_proxy.wire.mcp import Era

    Speaks = Mapping[Era, bool]
    """The eras that a gateway speaks, and those that it does not; others are unknown."""

LAYOUT = 1
"""The version of the document; another one is not read, but found out anew."""


class EraNote:
    """What is remembered of one gateway.

    Args:
        folder: where such files lie; it is made when the first one is written.
        gateway: its URL.
    """

    def __init__(self, folder: Path, gateway: str) -> None:
        self._folder = folder
        name = hashlib.sha256(gateway.encode()).hexdigest()[:32]
        self._path = folder / f"{name}.json"
        self._gateway = gateway

    def read(self) -> dict[Era, bool]:
        """The eras as last written; empty where nothing is remembered, or it is damaged.

        Raises:
            StoreError: the file cannot be read.
        """
        document = read_private(self._path)
        try:
            facts = jsontext.read((document or b"null").decode().strip())
        except ValueError:
            return {}  # what is damaged is found out again
        match facts:
            case {"layout": 1, "gateway": self._gateway, "speaks": dict(speaks)}:
                eras: tuple[Era, Era] = ("legacy", "modern")
                return {era: speaks[era] for era in eras if isinstance(speaks.get(era), bool)}
        return {}

    def write(self, speaks: Speaks) -> None:
        """Remember `speaks` in place of what was before.

        Raises:
            StoreError: the file cannot be written.
        """
        private_folder(self._folder)
        facts = {"layout": LAYOUT, "gateway": self._gateway, "speaks": dict(speaks)}
        write_private(self._path, json.dumps(facts).encode() + b"\n")
