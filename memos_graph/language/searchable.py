"""Text as its words are searched: one form for what is written in several ways, and words cut where a script has no blanks.

Memories and questions go through the same function, so whatever way either is written in, their words meet. What is shown
is never touched by it.
"""

import unicodedata

import regex

# Letters of these scripts decide meaning by more than their accents: "й" is no "и" that somebody forgot to mark.
_FOLDED = regex.compile(r"([\p{Latin}\p{Greek}])[\u0300-\u036f]+")
_CYRILLIC = regex.compile("(?<=[\u0435\u0415])\u0308|(?<=\\p{Cyrillic})[\u0300\u0301]")
# Vowel points of Arabic and Hebrew, and the stroke that only stretches a word.
_POINTS = regex.compile("[\u064b-\u0652\u0670\u0640\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
# What nobody sees: soft hyphens, joiners, marks of direction, byte order marks. A blank of no width is a blank.
_UNSEEN = regex.compile(
    "[\u00ad\u034f\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_NO_WIDTH = "\u200b"
# Letters that no decomposition makes plain: German, Nordic, Polish, Croatian, French, Turkish, Maltese and Sami ones.
_SINGLE = str.maketrans(
    {
        letter: plain
        for letters, plain in (
            ("\u00df", "ss"),
            ("\u1e9e", "SS"),
            ("\u00f8", "o"),
            ("\u00d8", "O"),
            ("\u0142", "l"),
            ("\u0141", "L"),
            ("\u0111\u00f0", "d"),
            ("\u0110\u00d0", "D"),
            ("\u00fe", "th"),
            ("\u00de", "Th"),
            ("\u00e6", "ae"),
            ("\u00c6", "AE"),
            ("\u0153", "oe"),
            ("\u0152", "OE"),
            ("\u0131", "i"),
            ("\u0127", "h"),
            ("\u0126", "H"),
            ("\u014b", "n"),
            ("\u014a", "N"),
        )
        for letter in letters
    }
)
UNSPACED = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]{2,}")
"""A run of a script that puts no blanks between its words."""

_CLUSTER = regex.compile(r"\X")


def clusters(run: str) -> list[str]:
    """Return the letters of a run, each with its vowel signs and tone marks: what a reader sees as one."""
    return [str(each) for each in _CLUSTER.findall(run)]


def searchable(text: str) -> str:
    """Return ``text`` as its words are searched.

    Compatibility forms become plain ones (ligatures, full and half width, presentation forms, styled letters: NFKC),
    what nobody sees goes (soft hyphens, marks of direction), Latin and Greek letters lose their accents, Arabic and Hebrew
    words their points. Thai, Lao, Khmer and Burmese are cut between letters, so that any part of a sentence is found by its
    own letters, as Chinese is.
    """
    if text.isascii():
        return text
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", text).replace(_NO_WIDTH, " "))
    apart = _CYRILLIC.sub("", _FOLDED.sub(r"\1", unicodedata.normalize("NFD", plain)))
    folded = _POINTS.sub("", unicodedata.normalize("NFC", apart)).translate(_SINGLE)
    return str(UNSPACED.sub(lambda run: f" {' '.join(clusters(run.group()))} ", folded))
