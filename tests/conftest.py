"""What holds for every test: the keyring of the person at this machine is not ours to fill."""

from __future__ import annotations

import os

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
