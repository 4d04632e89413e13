"""Which folder beside the database belongs to which store: what was seen of one says nothing against another.

A store is known by the name it carries, and by where it lies: one that was put back from before it had a name, or that was
replaced by another in the same place, is held against what was seen there.
"""

import json
from pathlib import Path

from memos_graph.errors import AuditError
from memos_graph.kit.files import write_private


def folder_of(root: Path, name: str, place: str) -> Path:
    """Return the folder of the witness and the journal of a store under ``root``: ``root`` itself for the first of a home.

    * ``place`` the address and the database, or that it is the managed one.
    * Raises ``AuditError``.
    """
    path = root / "stores.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        for each in known:
            if name in each["names"] or place in each["places"]:
                return _joined(path, known, each, name, place)
        folder = f"stores/{name}" if known else "."
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        (root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, json.dumps([*known, {"names": [name], "places": [place], "folder": folder}], indent=2))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AuditError(
            f"{path}, which says what was seen of which store, can't be used: {error}.",
            hint="Make room, set its rights, or put it back from a backup.",
        ) from error
    return root / folder


def known_folder(root: Path, name: str | None, place: str) -> Path | None:
    """Return the folder of a store as ``folder_of`` does, and make none: ``None`` where nothing was seen of it. Raises ``AuditError``."""
    path = root / "stores.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        found = next((each for each in known if name in each["names"] or place in each["places"]), None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AuditError(f"{path}, which says what was seen of which store, can't be read: {error}.") from error
    return None if found is None else root / str(found["folder"])


def _joined(
    path: Path, known: list[dict[str, list[str] | str]], entry: dict[str, list[str] | str], name: str, place: str
) -> Path:
    """Note a new name or place of a store that is known by the other of the two."""
    names, places = [*entry["names"]], [*entry["places"]]
    if not (name in names and place in places) and not any(
        place in each["places"] for each in known if each is not entry
    ):
        entry["names"], entry["places"] = [*dict.fromkeys([*names, name])], [*dict.fromkeys([*places, place])]
        write_private(path, json.dumps(known, indent=2))
    return path.parent / str(entry["folder"])
