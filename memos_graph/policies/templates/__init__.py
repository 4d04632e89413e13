"""Policies to begin with, as files of this folder."""

from importlib.resources import files

from memos_graph.errors import InputError


def templates() -> list[str]:
    """Return their names."""
    return sorted(each.name.removesuffix(".yaml") for each in files(__name__).iterdir() if each.name.endswith(".yaml"))


def template(name: str) -> str:
    """Return the text of one; raises ``InputError`` when there is none of that name."""
    if name not in templates():
        raise InputError(f"There is no policy template '{name}'.", hint=f"There are {', '.join(templates())}.")
    return files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
