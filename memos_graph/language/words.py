"""Words: how they are found, which ones carry no content, which ones turn a meaning round."""

import re
from functools import lru_cache

# What is no letter, digit or vowel sign: Python's \w leaves out the vowel signs of many scripts and would cut their words.
_NO_LETTER = (
    r"\x00-/:-@\[-`{-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7"  # ASCII and Latin-1
    r"\u02c2-\u02df\u0387\u055a-\u055f\u0589\u05be\u060c\u061b-\u061f\u066a-\u066d\u06d4\u0964\u0965\u1361-\u1368"
    r"\u2000-\u200b\u200e-\u206f\u20a0-\u20cf\u2100-\u2bff\u2e00-\u2e7f"  # general punctuation, currency, symbols
    r"\u3000-\u3004\u3007-\u3030\u303d-\u303f\u30fb\ud800-\uf8ff\ufd3e\ufd3f\ufe00-\ufe6f"
    r"\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff\U0001f000-\U0001faff"  # wide forms, emoji
)
LETTER = rf"[^{_NO_LETTER}]"
"""One letter, digit or vowel sign of any script, as a part of a pattern."""

WORD = re.compile(rf"{LETTER}{{1,64}}(?:['\u2019.&-]{LETTER}{{1,64}}){{0,8}}(?:\+\+|#)?")
"""A word, with apostrophes, hyphens and dots inside it: ``don't``, ``e-mail``, ``3.14``, ``C++``; bounded in length."""


def word_set(words: str) -> frozenset[str]:
    """Read a set of words written out with white space between them."""
    return frozenset(words.split())


NEGATIONS = word_set(
    """
    no not never none nobody nothing nowhere neither nor without cannot hardly barely
    """
)
"""Words that turn a statement round; contractions with ``n't`` do so too."""

STOP_WORDS = word_set(
    """
    a about above after again against ago all almost along already also although always am among an and another
    any anybody anyone anything anyway are around as at away back be became because become been before being
    below between both but by can could did do does doing done down during each either else enough even ever
    every everybody everyone everything few first for from further get gets getting give given go goes going
    gone gonna got gotta gotten had has have having he hello her here hers herself hey hi him himself his how
    however i if in indeed instead into is it its itself just kind last least less let like likes liked little ll lot lots
    made make makes making many may maybe me might mine more most much must my myself need needs needed new next now of off
    often oh ok okay on once one ones only onto or other others our ours ourselves out over own perhaps please
    pretty put quite rather re really right same said say says see seem seems shall she should since so some
    somebody somehow someone something sometimes somewhere soon still such sure take than thank thanks that the
    their theirs them themselves then there these they thing things think this those though through throughout
    thus till to together too toward towards under until up upon us use used very via wanna want wants wanted was way we well
    went were what whatever when whenever where wherever whether which while who whoever whom whose why will
    with within would wow yeah yep yes yet you your yours yourself yourselves s t d m ve em cause cuz
    """
)
"""English words without content of their own; negations are not among them."""

FILLERS = word_set(
    """
    absolutely actually agree agreed aha amazing anytime appreciate appreciated appreciation awesome aww awww
    beautiful best better bet big bit blast bless blessed brilliant buddy bye chat cheers cool congrats
    congratulations couple cute dang dear deal definitely dude epic exactly excellent excited exciting fab
    fabulous fan fantastic far fine fun funny glad good goodness gorgeous gosh grateful great guess guy guys
    haha hahaha happy hear heard honestly hope hoping huge impressed impressive incredible incredibly inspiring
    interesting jealous joy keep kidding kinda know lately lol long look looking looks love loved lovely luck
    lucky man mate matter mean means moment moments nice nope omg part perfect plenty pleasure point powerful
    probably proud rewarding sense seriously share sharing soo sort sound sounded sounds special stuff stunning
    super sweet sweetie talk talking tell thankful thoughtful thrilled totally touching true truly try trying um
    uh understand ups wait way welcome whoa wonderful word words worries worth wonder wondering wow xd yay yea
    yup plus huh hmm btw feel feeling feels felt seeing saw seen looked forward
    """
)
"""Words of politeness and praise: what talk is full of, and what nobody asks for later."""

CALENDAR_WORDS = word_set(
    """
    afternoon century date day days decade evening fall friday hour hours january february march april june july
    august september october november december minute minutes monday month months morning night saturday second
    seconds season sunday thursday time times today tomorrow tonight tuesday wednesday week weekend weekends
    weeks year years yesterday autumn summer winter earlier recently later early late
    """
)
"""Words of times, which are resolved as times and make no concepts."""


@lru_cache(maxsize=65536)
def plain(word: str) -> str:
    """Lower case, straight apostrophes, without a possessive or contracted ending."""
    low = word.lower().replace("\u2019", "'")
    stem, mark, ending = low.rpartition("'")
    return stem if mark and ending in {"s", "m", "d", "re", "ve", "ll"} else low


@lru_cache(maxsize=65536)
def negates(word: str) -> bool:
    """Whether a word (lower case, straight apostrophes) turns its statement round."""
    return word in NEGATIONS or word.endswith("n't")
