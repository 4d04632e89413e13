"""What the style sheet promises everybody who reads: contrast, in the light and in the dark."""

import re
from pathlib import Path

import pytest

import memos_graph.console

STATIC = Path(memos_graph.console.__file__).with_name("static")
CSS = (STATIC / "console.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)
READ = [
    *((ink, ground) for ink in ("ink", "quiet", "accent") for ground in ("ground", "card", "soft")),
    *((f"{kind}", f"{kind}-soft") for kind in ("good", "warn", "bad")),
    *(("ink", f"{kind}-soft") for kind in ("good", "warn", "bad")),
    ("accent-ink", "accent"),
]
SEEN = [(f"c{n}", "card") for n in range(1, 9)]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_read_stands_out(scheme: dict[str, str]) -> None:
    assert LIGHT.keys() == DARK.keys()
    low = {pair: contrast(scheme[pair[0]], scheme[pair[1]]) for pair in READ}
    assert {pair: found for pair, found in low.items() if found < 4.5} == {}
    low = {pair: contrast(scheme[pair[0]], scheme[pair[1]]) for pair in SEEN}
    assert {pair: found for pair, found in low.items() if found < 2.4} == {}


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in [*STATIC.glob("*.*"), *STATIC.with_name("templates").glob("*.html")]:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text, path
        assert "https:" not in text, path
        assert "//cdn" not in text, path
    assert "url(" not in CSS
    assert "@import" not in CSS
    for template in STATIC.with_name("templates").glob("*.html"):
        text = template.read_text()
        assert not re.search(r"\sstyle=|\son\w+=|<style|\|\s*safe|autoescape", text), template
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), template
