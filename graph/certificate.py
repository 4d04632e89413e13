"""The managed server's certificate: it proves to clients that they speak to our server, before they say anything.

Whoever listens on its port, before it started or after it died, lacks the private key; so a client that trusts this one
certificate and nothing else gives a stranger nothing, at a first connection and at every later one (docs/decisions/0019).
"""

import ssl
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from memos_graph.kit.files import write_private

# It is trusted because it lies in a folder of ours, not for a time: a clock that is wrong must not lock anybody out.
_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_UNTIL = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def certified(folder: Path, address: str) -> tuple[Path, Path]:
    """Return the files of private key and certificate for a server at ``address``, made where they are missing or no pair.

    Both are PEM, mode 0600, in ``folder`` of mode 0700. Call it while no server uses them. Raises ``OSError``.
    """
    key, certificate = folder / "private.key", folder / "public.crt"
    if not _is_pair(key, certificate):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        certificate.unlink(missing_ok=True)
        made = ec.generate_private_key(ec.SECP256R1())
        private = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(key, private)
        write_private(certificate, _signed(made, address).public_bytes(serialization.Encoding.PEM))
    return key, certificate


def trusting(certificate: Path) -> ssl.SSLContext | None:
    """Return what has a client trust the holder of this certificate's key and nobody else; ``None`` where there is none."""
    try:
        found = certificate.read_text(encoding="ascii")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(cadata=found)
    except (OSError, ValueError):
        return None
    return context


def _signed(key: ec.EllipticCurvePrivateKey, address: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "memos-graph managed Neo4j")])
    alternatives = [x509.IPAddress(ip_address(address)), x509.DNSName("localhost")]
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _is_pair(key: Path, certificate: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ValueError):  # missing, damaged, or of two pairs
        return False
    return True
