"""Folders of payloads: what is in them, by names that lead nowhere else."""

import shutil
from pathlib import Path


def inside(folder: Path, name: str) -> Path:
    """Return ``folder/name``; raises ``OSError`` for a name that leads out of the folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path == folder.resolve():
        raise OSError(f"'{name}' does not lie in {folder}.")
    return path


def remove(folder: Path) -> None:
    """Remove a folder with what is in it, where it is there."""
    if folder.exists():
        shutil.rmtree(folder)


def entries(folder: Path) -> list[Path]:
    """Return what is in a folder, in order; nothing where there is none."""
    return sorted(folder.iterdir()) if folder.is_dir() else []


def names(folder: Path) -> set[str]:
    """Return the names of what is in a folder."""
    return {path.name for path in entries(folder)}
