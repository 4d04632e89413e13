"""Common English verbs in all their forms, to tell what is done from what it is done to."""

from memos_graph.language.words import word_set

_NEVER_NOUNS = """
    agree approve hang accept achieve admit adopt afford allow apply arrange arrive ask assume attend avoid become begin behave believe
    belong bother bring build buy carry celebrate choose clean close collect come compare complete consider contain
    continue contribute convince cook create decide deliver depend describe deserve develop disappear discover discuss
    donate dwell earn eat embrace encourage enjoy enter exist expect explain explore express fail fall find finish fit follow
    forget give go grow happen happens help hide hire imagine improve include increase inspire intend introduce invest
    invite involve join keep know learn leave let listen live lose maintain make manage mention miss motivate notice
    obtain occur offer open organize overcome own participate pass pay perform persuade pick prefer prepare
    prevent prove provide pull push put reach read realize receive recognize recommend reduce refer relate relax relocate rely
    remain remember remind remove replace reply require reside resolve return save say seem sell send serve settle sit solve
    spend stand start stay stop strengthen struggle submit suggest suppose sure survive take teach tell think throw told
    treat understand unwind use wear weigh write affect tackle
"""
_SOMETIMES_NOUNS = """
    act add aim answer appear approach attempt back balance ban bank battle break brew call camp care catch cause challenge
    change check claim climb comfort connect cover cross cut dance date design draw dream dress drink drive drop end
    escape exercise fear feed feel fight film fix focus form gather guide handle hang hike hit hold host hug hunt hurt
    impact influence interview jog judge jump kick land laugh lead leap lift link look mark match mind move note order
    pack paint park plan plant play post practice present promise protest question quit race raise ride rise run sail
    search shape share shop show sign sing sketch ski sleep smile snap speak spot spread step strike study support surf
    surprise swim switch talk taste test thank touch track trade train travel trip try turn visit volunteer vote wait walk
    warm wash watch wave wish work worry
"""
_IRREGULAR = """
    ate began begun bought brought built came caught chose chosen did done drank drawn drew driven drove fallen fell felt
    flew forgot forgotten fought found gave given gone got grew grown heard held hid hidden kept knew known led left lost
    made meant met paid ran rang read ridden risen rode rose said sang sat saw seen sent shook shown slept sold spent
    spoke spoken stood struck stuck sung swam taken taught thought threw thrown told took understood went woke won wore
    worn written wrote
"""
_VOWELS = "aeiou"


def _forms(verb: str) -> set[str]:
    """Regular forms of a verb; a few that don't exist do no harm."""
    if verb.endswith("e"):
        return {verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"}
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return {verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"}
    ending = "es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s"
    double = verb + verb[-1]
    return {verb, verb + ending, f"{verb}ed", f"{verb}ing", f"{double}ed", f"{double}ing"}


PURE_VERBS = word_set(_IRREGULAR) | {form for verb in word_set(_NEVER_NOUNS) for form in _forms(verb)}
"""Forms that are verbs nearly everywhere."""

NOUN_LIKE_VERBS = word_set(_SOMETIMES_NOUNS) | {form for verb in word_set(_SOMETIMES_NOUNS) for form in _forms(verb)}
"""Forms that are verbs after a subject or ``to``, and nouns after ``the`` or ``my``."""

ACTIVITIES = word_set(
    """
    painting drawing dancing singing swimming surfing sailing skiing hiking climbing camping jogging running
    cooking baking gardening knitting fishing hunting meeting wedding training volunteering travelling traveling
    shopping gaming reading writing counseling counselling building feeling engineering marketing parking boxing
    cycling
    """
)
"""Forms in -ing that name a thing or an activity."""
