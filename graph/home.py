"""The folder of a managed server: where everything lies, who may read it, and its password."""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from memos_graph.errors import EngineStartError
from memos_graph.kit.files import write_private

USER = "neo4j"

_HASH_ROUNDS = 1024


@dataclass(frozen=True)
class ServerHome:
    """Where each thing of one managed server lies under ``Settings.home``; every folder made here has mode 0700."""

    root: Path

    @property
    def server(self) -> Path:
        """Neo4j's own home: conf, data, logs."""
        return self.root / "neo4j"

    @property
    def data(self) -> Path:
        """The store."""
        return self.server / "data"

    @property
    def config(self) -> Path:
        """Folder of ``neo4j.conf`` and of the JVM's argument file."""
        return self.server / "conf"

    @property
    def logs(self) -> Path:
        """Neo4j's logs, and ``console.log`` with what the JVM itself printed."""
        return self.server / "logs"

    @property
    def password(self) -> Path:
        """The password, mode 0600."""
        return self.root / "secrets" / "neo4j-password"

    @property
    def identity(self) -> Path:
        """Folder of the private key and the certificate by which clients know the server."""
        return self.root / "secrets" / "bolt"

    @property
    def certificate(self) -> Path:
        """The certificate, which clients trust and nothing else."""
        return self.identity / "public.crt"

    @property
    def ports(self) -> Path:
        """Ports used last, reused while they are free."""
        return self.root / "ports.json"

    @property
    def version(self) -> Path:
        """Version of the server that used the store last."""
        return self.server / "store-version"

    @property
    def record(self) -> Path:
        """The running server: pid, start time, ports, version."""
        return self.root / "server.json"

    @property
    def clients(self) -> Path:
        """One file for each engine that uses the server now."""
        return self.root / "clients"

    @property
    def serving(self) -> Path:
        """One file for each process that serves the REST API of this home now."""
        return self.root / "serving"

    @property
    def lock(self) -> Path:
        """Held while the server is started or stopped."""
        return self.root / "engine.lock"

    @property
    def process_mark(self) -> str:
        """Argument by which a server process names its home: tells whose process it is."""
        return f"--home-dir={self.server}"

    def create(self) -> None:
        """Make the folders that are not there; raises ``EngineStartError`` where that is not allowed."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (
                self.server,
                self.config,
                self.logs,
                self.server / "tmp",
                self.password.parent,
                self.clients,
            ):
                folder.mkdir(mode=0o700, exist_ok=True)
                folder.chmod(0o700)
        except OSError as error:
            raise EngineStartError(
                f"The server's folder {self.root} can't be used: {error.strerror}.",
                hint="Set MEMOS_HOME to a folder this user can write to.",
            ) from error


def password(home: ServerHome) -> SecretStr:
    """Return the server's password; makes a random one before the first start.

    The server reads its first password from ``data/dbms/auth.ini``, salted and hashed, so there is never a moment with the
    default one. Raises ``EngineStartError`` when there is a store but no password file.
    """
    if home.password.is_file():
        return SecretStr(home.password.read_text(encoding="utf-8").strip())
    if (home.data / "databases" / "system").exists():
        raise EngineStartError(
            f"There is a store in {home.data}, but its password file {home.password} is gone.",
            hint="Put the file back from a backup, or move the store away to start with an empty one.",
        )
    fresh = secrets.token_urlsafe(32)
    folder = home.data / "dbms"
    for made in (home.data, folder):
        made.mkdir(mode=0o700, exist_ok=True)
    write_private(folder / "auth.ini", f"{USER}:{_credential(fresh)}:\n")
    # Last, so that a password file means its hash is in place, even after a crash between the two.
    write_private(home.password, fresh + "\n")
    return SecretStr(fresh)


def _credential(secret: str) -> str:
    # Neo4j's SystemGraphCredential as text: algorithm, hash, salt, rounds.
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(salt + secret.encode()).digest()
    for _ in range(_HASH_ROUNDS - 1):
        digest = hashlib.sha256(digest).digest()
    return f"SHA-256,{digest.hex()},{salt.hex()},{_HASH_ROUNDS}"
