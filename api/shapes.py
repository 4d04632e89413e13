"""What the document says of a text's shape, beyond its length: so nothing that is valid by it is refused as malformed.

The service itself checks in the rooms below and answers in words. Patterns are those of JavaScript and Python alike, and where a rule
can't be said by one, the pattern says less than is accepted.
"""

from zoneinfo import available_timezones

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

_SIGN = r"[^\u0000\ud800-\udfff]"
_LETTER = r"[^\W_]"
_NAME = r"\w[\w.@+-]{0,127}"

PRINCIPAL = f"^{_NAME}$"
PRINCIPAL_OR_ROLE = f"^{_NAME}(~{_NAME})?$"
SPACE_NAME = rf"^{_NAME}(~{_NAME}){{0,3}}$"
PURPOSE = r"^\w[\w.-]{0,63}$"
SUBJECT = f"^{_SIGN}*{_LETTER}{_SIGN}*{_LETTER}{_SIGN}*$"
SAID = f"^{_SIGN}*{_LETTER}{_SIGN}*$"
SNAPSHOT = r"^(?!\d)\w[\w .,:;!?()'&/@+-]{0,99}$"
ZONES = sorted(available_timezones())


class Shaped:
    """Marks a type as having a ``pattern`` in the document."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema with the pattern in it."""
        return {**handler(schema), "pattern": self._pattern}
