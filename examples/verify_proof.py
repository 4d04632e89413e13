"""Check, without memos-graph and without its database, that an event is in a sealed audit log.

    python verify_proof.py proof.json signer.pem

``proof.json`` is what `memos audit prove` printed; ``signer.pem`` is the public key you were given before, by another way.
Needs only the package `cryptography`. Exits with 0 when the proof holds.
"""

import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_public_key


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


proof = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
seal = proof["seal"]
signed = {name: seal[name] for name in ("space", "size", "root", "at")}
content = json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
# Raises InvalidSignature when the seal is not the signer's.
load_pem_public_key(Path(sys.argv[2]).read_bytes()).verify(bytes.fromhex(seal["signature"]), content)

node, index, last, path = sha256(b"\0" + proof["leaf"].encode()), proof["index"], seal["size"] - 1, list(proof["path"])
while last > 0:
    if index % 2 or index < last:
        other = bytes.fromhex(path.pop(0))
        node = sha256(b"\1" + (other + node if index % 2 else node + other))
    index, last = index // 2, last // 2
if path or node.hex() != seal["root"]:
    sys.exit("The event is not in the sealed log.")
event, words = json.loads(proof["leaf"].split("\n")[0]), proof["words"]
said = json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
if words and sha256(said).hex() != event["said"]:
    sys.exit("The event is in the log, with another reason or detail.")
print("In the log:", json.dumps({**event, **words}, ensure_ascii=False))
