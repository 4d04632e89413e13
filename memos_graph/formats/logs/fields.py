"""Words before a colon that name a field of a note, a recipe, minutes, a mail, and never a person."""

_FIELD_NAMES = """
    name names address birthday birthdate born phone telephone mobile tel fax email e-mail mail web website url date time when where
    place location who what why how title subject re from to cc bcc sender reply-to sent received message-id mime-version content-type
    return-path x-mailer author authors by note notes nb ps p.s tip tips todo warning example step steps ingredients method serves servings
    yield prep cook total difficulty present absent attendees agenda minutes item topic decision decisions action actions owner
    due status priority price cost total amount quantity size weight color colour type category tags version license source
    summary description details reason result key value id number no q a question answer pro con pros cons allergies allergy diet
    city country state street zip postcode age sex gender height blood doctor insurance username user-name login password pin
    monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun breakfast lunch dinner
    info error warn debug trace fatal critical warning notice
    adresse anschrift geburtstag telefon datum zeit ort betreff von an notiz zutaten zubereitung anwesend tagesordnung beschluss
    preis nombre dirección cumpleaños teléfono fecha hora lugar asunto de para nota ingredientes preparación nom prénom
    objet ingrédients préparation nome endereço telefone data assunto ingredienti preparazione naam adres
"""
_FIELDS = set(_FIELD_NAMES.split())


def is_field(name: str) -> bool:
    """Whether ``name`` is such a word, or ends in one: "Prep time"."""
    words = name.casefold().split()
    return name.casefold() in _FIELDS or (len(words) > 1 and words[-1].rstrip("s") in _FIELDS)
