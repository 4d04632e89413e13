"""Contents as bytes and as digests: one canonical form, so that equal contents have equal digests wherever they are made."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return JSON with sorted names and no spaces, UTF-8: equal content, equal bytes.

    This is the form of RFC 8785 for texts, whole numbers, truth values, lists and mappings of these.
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(content: bytes | bytearray | memoryview | str) -> str:
    """Return the SHA-256 (FIPS 180-4) of bytes, or of a text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, which is never in memory as a whole. Raises ``OSError``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
