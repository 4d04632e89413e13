"""Which files a payload consists of: what each is called in a home and in a vault, and which key it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from memos_graph.errors import PayloadError
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.record import HostHome
from memos_graph.kit.crypto.encrypted_files import decrypted_bytes, encrypted_bytes
from memos_graph.kit.files import replacing
from memos_graph.types import MemoryType

CACHES, ADAPTERS = "caches", "adapters"
SEALED = ("weights.sealed", "course.sealed", "memos.sealed")
PLAIN = "adapter_config.json"
"""What an adapter has once it is taught; the last in the clear at home, for other tools, and encrypted in a vault."""


@dataclass(frozen=True)
class PayloadPart:
    """One file: ``name`` in a vault below its space, ``local`` at home, ``about`` what its encryption vouches for, ``key`` its key's name."""

    name: str
    local: Path
    about: str
    key: str
    plain: bool = False

    def read_here(self, keys: PayloadKeys) -> bytes | None:
        """Return the file as a vault keeps it; ``None`` where it is not here. Raises ``PayloadError`` for one that was changed."""
        try:
            content = self.local.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PayloadError(f"The payload '{self.local.name}' can't be read: {error.strerror or error}.") from error
        if self.plain:
            return encrypted_bytes(self.about, keys.get(self.key), content)
        self.check(content, keys)
        return content

    def check(self, content: bytes, keys: PayloadKeys) -> bytes:
        """Return what ``content``, as a vault keeps it, holds; raises ``PayloadError`` unless it is what was written under this name."""
        return bytes(decrypted_bytes(content, self.about, keys.get(self.key)))

    def write_here(self, content: bytes, keys: PayloadKeys) -> None:
        """Write what a vault gave to its place at home, once it is seen to be right; raises ``PayloadError``, ``OSError``."""
        held = self.check(content, keys)
        self.local.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(self.local, durable=False) as file:
            file.write(held if self.plain else content)


def key_name(file: str) -> str:
    """Return the name of the key of a KV-cache's file."""
    return file.partition(".")[0]


def parts_of(home: HostHome, memory_type: str, payload: str, files: Sequence[str] | None) -> list[PayloadPart]:
    """Return the files of a payload, in the order in which they are written: with the last one it is whole."""
    if memory_type == MemoryType.PARAMETRIC:
        return [
            PayloadPart(
                f"{ADAPTERS}/{payload}/{name}",
                home.adapters / payload / name,
                f"{payload}/{name}",
                payload,
                name == PLAIN,
            )
            for name in (PLAIN, *SEALED)
        ]
    # The manifest comes first in the list of a KV-cache, and names the rest.
    names = [*(files or ())[1:], *(files or ())[:1]]
    return [PayloadPart(f"{CACHES}/{name}", home.caches / name, key_name(name), key_name(name)) for name in names]
