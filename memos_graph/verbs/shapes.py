"""What the document says of a text's shape, beyond its length: so nothing that is valid by it is refused as malformed.

The service itself checks in the rooms below and answers in words. Patterns are those of JavaScript and Python alike, and where a rule
can't be said by one, the pattern says less than is accepted.
"""

from zoneinfo import available_timezones

_SIGN = r"[^\u0000]"
_LETTER = r"[^\W_]"
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,127}"

PRINCIPAL = f"^{_NAME}$"
PRINCIPAL_OR_ROLE = f"^{_NAME}(~{_NAME})?$"
SPACE_NAME = rf"^{_NAME}(~{_NAME}){{0,3}}$"
PURPOSE = r"^\w[\w.-]{0,63}$"
SUBJECT = f"^{_SIGN}*{_LETTER}{_SIGN}*{_LETTER}{_SIGN}*$"
SAID = f"^{_SIGN}*{_LETTER}{_SIGN}*$"
SNAPSHOT = r"^(?!\d)\w[\w .,:;!?()'&/@+-]{0,99}$"
ETAG = r'^"[1-9][0-9]{0,14}"$'
ZONES = sorted(available_timezones())
