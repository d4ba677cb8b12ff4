"""Files out of an answer: an image, a sound, a blob."""

from __future__ import annotations

import mimetypes
import re
from itertools import count
from typing import TYPE_CHECKING

from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_proxy.cli.content import Attachment

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 60
"""Characters of a file's name before its number."""


def save(attachment: Attachment, folder: Path, stem: str) -> Path:
    """Write an attachment into a new file; the file.

    No file that exists is touched, and no word of a gateway leads out of the folder.

    Args:
        attachment: what to write.
        folder: where to; made where it is missing.
        stem: the beginning of the name, as the tool's.

    Raises:
        ConfigError: it cannot be written there.
    """
    ending = mimetypes.guess_extension(attachment.media_type.partition(";")[0].strip()) or ".bin"
    safe = _UNSAFE.sub("-", stem).strip(".-")[:_LONGEST] or "answer"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            path = folder / f"{safe}-{number}{ending}"
            try:
                with path.open("xb") as file:
                    file.write(attachment.data)
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written to: {error.strerror}", hint="--save names another folder"
        ) from error
    raise AssertionError("there is always a next number")
