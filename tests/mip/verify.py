"""A second verifier of memcube bundles, made from docs/mip.md alone: standard library, no code of memos-graph.

python verify.py BUNDLE...      prints one line for each; exits with 1 unless all are whole and as they were signed
"""

import base64
import hashlib
import json
import re
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int]
KINDS = ["memories", "facts", "links", "grants", "policies", "forms", "log"]
STATES = {"generated", "activated", "merged", "archived", "frozen", "expired"}
LINKS = {"DERIVED_FROM", "ANNOTATED_FROM", "SUPERSEDES", "CONTRADICTS", "MERGED_INTO", "STANDS_BESIDE"}


class RefusedError(Exception):
    """Why a file is no bundle."""


def need(holds: object, why: str) -> None:
    if not holds:
        raise RefusedError(why)


# Ed25519 (RFC 8032, section 5.1), with points as (x, y) of the curve -x^2 + y^2 = 1 + d x^2 y^2.
def add(a: Point, b: Point) -> Point:
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, P - 2, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, P - 2, P)
    return x % P, y % P


def times(factor: int, point: Point) -> Point:
    total = (0, 1)
    while factor:
        if factor & 1:
            total = add(total, point)
        point, factor = add(point, point), factor >> 1
    return total


def point_of(data: bytes) -> Point:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    need(y < P, "a point is out of range")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need((x * x - square) % P == 0 and (x or not sign), "a point is not on the curve")
    return (P - x if x & 1 != sign else x), y


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    need(len(key) == 32 and len(signature) == 64, "the key or the signature has the wrong length")
    s = int.from_bytes(signature[32:], "little")
    need(s < ORDER, "the signature is out of range")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return times(s, BASE) == add(point_of(signature[:32]), times(h, point_of(key)))


def record(data: bytes, place: str) -> dict[str, Any]:
    """Return one JSON object in canonical form."""

    def refuse(number: str) -> None:
        raise RefusedError(f"{place}: {number} is not a whole number")

    try:
        value = json.loads(data, parse_float=refuse, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise RefusedError(f"{place} is not JSON") from None
    again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    need(isinstance(value, dict) and again == data, f"{place} is not in canonical form")
    return value


def entries(data: bytes) -> list[tuple[str, bytes]]:
    """Return the entries of the archive, name and content, in their order: stored one after the other and nothing else."""
    need(data[-22:-18] == b"PK\5\6" and data[-2:] == b"\0\0", "it does not end as an archive without a comment does")
    count, size, start = struct.unpack("<HII", data[-12:-2])
    if data[-42:-38] == b"PK\6\7":
        count, size, start = struct.unpack("<QQQ", data[-66:-42])
    need(count <= 50_002 and start + size <= len(data), "its directory is too long")
    found, listed, at = [], start, 0
    for _ in range(count):
        head = data[listed : listed + 46]
        need(head[:4] == b"PK\1\2", "its directory is broken")
        flags, packing = struct.unpack("<HH", head[8:12])
        crc, packed, unpacked, named, extra, comment = struct.unpack("<IIIHHH", head[16:34])
        mode, offset = struct.unpack("<II", head[38:46])
        name = data[listed + 46 : listed + 46 + named]
        if offset == 0xFFFFFFFF:
            offset = struct.unpack("<Q", data[listed + 46 + named + 4 : listed + 46 + named + 12])[0]
        listed += 46 + named + extra + comment
        need(packing == 0 and packed == unpacked and not flags & ~0x808, "a part is packed or encrypted")
        need(mode >> 28 in (0, 8), "a part is no plain file")
        local = data[at : at + 30]
        need(offset == at and local[:4] == b"PK\3\4", "its parts do not follow each other")
        need(data[at + 30 : at + 30 + named] == name and local[28:30] == b"\0\0", "a part has two names")
        content = data[at + 30 + named : at + 30 + named + unpacked]
        need(len(content) == unpacked and zlib.crc32(content) == crc, "a part is cut or damaged")
        found.append((name.decode("ascii", "replace"), content))
        at += 30 + named + unpacked + (16 if flags & 8 else 0)
    need(at == start, "something lies between its parts and its directory")
    return found


def check_memory(value: dict[str, Any], place: str, seen: set[str]) -> None:
    for field in ("id", "type", "origin", "source", "root", "origin_id", "at", "valid_from", "versions"):
        need(value.get(field), f"{place} has no {field}")
    need(value["id"] not in seen, f"{place}: {value['id']} is in it twice")
    seen.add(value["id"])
    need(value.get("state", "activated") in STATES, f"{place}: no such state")
    for each in value["versions"]:
        need(
            isinstance(each.get("text"), str) and each.get("at") and "by" in each, f"{place}: a version lacks something"
        )
        need("\0" not in each["text"], f"{place}: NUL in a text")


def verify(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the manifest of a bundle, and the key it is signed with; raises ``RefusedError``."""
    found = entries(data)
    names = [name for name, _ in found]
    need(len(set(names)) == len(names), "two parts have the same name")
    need(names[-2:] == ["manifest.json", "signature.json"], "it does not end with its manifest and its signature")
    written = found[-2][1]
    signature = record(found[-1][1], "signature.json")
    need(signature.get("algorithm") == "Ed25519", "signature.json: no such algorithm")
    key = base64.b64decode(signature["key"], validate=True)
    need(signed(key, written, base64.b64decode(signature["signature"], validate=True)), "it is not as it was signed")
    manifest = record(written, "manifest.json")
    need(manifest["format"] == "memcube" and manifest["version"].split(".")[0] == "1", "another version of the format")
    need(set(manifest["requires"]) <= set(KINDS), "it requires what is not known here")
    need([part["name"] for part in manifest["parts"]] == names[:-2], "its parts are not those of its manifest")
    numbers, seen, addresses = {}, set(), []
    for part, (name, content) in zip(manifest["parts"], found, strict=False):
        need(re.fullmatch(r"[a-z]{1,20}/\d{6}\.jsonl", name), f"{name[:60]} is no part of a bundle")
        kind, number = name[:-6].split("/")
        need(int(number) == numbers.get(kind, 0), f"{name} is out of its order")
        numbers[kind] = int(number) + 1
        same = len(content) == part["bytes"] and hashlib.sha256(content).hexdigest() == part["sha256"]
        need(same, f"{name} is not as it was signed")
        lines = content.split(b"\n")
        need(lines.pop() == b"" and len(lines) == part["lines"], f"{name} has other lines than its manifest says")
        for at, line in enumerate(lines, start=1):
            place = f"{name}, line {at}"
            value = record(line, place)
            if kind in ("memories", "facts"):
                check_memory(value, place, seen)
            elif kind == "links":
                need(value.get("type") in LINKS and value.get("id") and value.get("to"), f"{place} is no link")
        if kind in ("memories", "facts", "links"):
            addresses.append([name, part["sha256"]])
    address = json.dumps({"content": addresses}, separators=(",", ":")).encode()
    need(manifest["content"] == hashlib.sha256(address).hexdigest(), "its address is not that of its content")
    return manifest, key


if __name__ == "__main__":
    failed = False
    for path in sys.argv[1:]:
        try:
            told, by = verify(Path(path).read_bytes())
            print(f"{path}: whole, content {told['content']}, signed with {hashlib.sha256(by).hexdigest()[:16]}")
        except (RefusedError, KeyError, TypeError, ValueError, AttributeError, struct.error, IndexError) as error:
            failed = True
            print(f"{path}: refused: {error}")
    sys.exit(failed)
