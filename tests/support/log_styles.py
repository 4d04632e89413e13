"""A grammar of logs: how programs write stamps in many locales, and whom they name; what is written must be read back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

Clock = Callable[[datetime], str]


def _twelve(mark: str, before: str, after: str, *, seconds: bool = False, half_first: bool = False) -> Clock:
    def write(moment: datetime) -> str:
        half = after if moment.hour >= 12 else before
        clock = f"{moment.hour % 12 or 12}:{moment:%M}" + (f":{moment:%S}" if seconds else "")
        return f"{half}{mark}{clock}" if half_first else f"{clock}{mark}{half}"

    return write


def _day(moment: datetime) -> str:
    return f"{moment.day}/{moment.month}/{moment.year}"


@dataclass(frozen=True)
class Style:
    """How one program in one locale writes a message; ``order`` is that of numbers which another order would fit too."""

    name: str
    line: str
    stamp: Callable[[datetime], str]
    seconds: bool = False
    order: str | None = None

    def write(self, moment: datetime, speaker: str, text: str) -> str:
        return self.line.format(stamp=self.stamp(moment), name=speaker, text=text)

    def notice(self, moment: datetime, text: str) -> str:
        return self.line.partition("{name}")[0].format(stamp=self.stamp(moment)) + text


ANDROID, IOS = "{stamp} - {name}: {text}", "[{stamp}] {name}: {text}"
AM_PM = ("AM", "PM")

STYLES = (
    Style(
        "whatsapp-android-en-us",
        ANDROID,
        lambda t: f"{t.month}/{t.day}/{t:%y}, {_twelve(chr(0x202F), *AM_PM)(t)}",
        order="mdy",
    ),
    Style(
        "whatsapp-android-en-us-old",
        ANDROID,
        lambda t: f"{t.month}/{t.day}/{t:%y}, {_twelve(' ', *AM_PM)(t)}",
        order="mdy",
    ),
    Style(
        "whatsapp-android-en-us-two-blanks",
        ANDROID,
        lambda t: f"{t.month}/{t.day}/{t:%Y}, {_twelve('  ', *AM_PM)(t)}",
        order="mdy",
    ),
    Style("whatsapp-android-en-gb", ANDROID, lambda t: f"{t:%d/%m/%Y, %H:%M}", order="dmy"),
    Style(
        "whatsapp-android-en-in", ANDROID, lambda t: f"{t:%d/%m/%y}, {_twelve(chr(0x202F), 'am', 'pm')(t)}", order="dmy"
    ),
    Style("whatsapp-android-en-ca", ANDROID, lambda t: f"{t:%Y-%m-%d}, {_twelve(chr(0xA0), 'a.m.', 'p.m.')(t)}"),
    Style("whatsapp-android-en-za", ANDROID, lambda t: f"{t:%Y/%m/%d, %H:%M}"),
    Style("whatsapp-android-de", ANDROID, lambda t: f"{t:%d.%m.%y, %H:%M}", order="dmy"),
    Style(
        "whatsapp-android-de-12", ANDROID, lambda t: f"{t:%d.%m.%y}, {_twelve(' ', 'vorm.', 'nachm.')(t)}", order="dmy"
    ),
    Style("whatsapp-android-es", ANDROID, lambda t: f"{_day(t)}, {t.hour}:{t:%M}", order="dmy"),
    Style(
        "whatsapp-android-es-co",
        ANDROID,
        lambda t: f"{_day(t)}, {_twelve(chr(0x202F), 'a. m.', 'p. m.')(t)}",
        order="dmy",
    ),
    Style(
        "whatsapp-android-es-mx",
        ANDROID,
        lambda t: f"{_day(t)} {_twelve(' ', f'a.{chr(0xA0)}m.', f'p.{chr(0xA0)}m.')(t)}",
        order="dmy",
    ),
    Style("whatsapp-android-pt-br", ANDROID, lambda t: f"{t:%d/%m/%Y %H:%M}", order="dmy"),
    Style("whatsapp-android-fr", ANDROID, lambda t: f"{t:%d/%m/%Y à %H:%M}", order="dmy"),
    Style("whatsapp-android-fr-ca", ANDROID, lambda t: f"{t:%Y-%m-%d %H} h {t:%M}"),
    Style("whatsapp-android-it", ANDROID, lambda t: f"{t:%d/%m/%y, %H:%M}", order="dmy"),
    Style("whatsapp-android-nl", ANDROID, lambda t: f"{t:%d-%m-%Y %H:%M}", order="dmy"),
    Style("whatsapp-android-tr", ANDROID, lambda t: f"{t.day}.{t:%m.%Y %H:%M}", order="dmy"),
    Style(
        "whatsapp-android-tr-12",
        ANDROID,
        lambda t: f"{t.day}.{t:%m.%Y} {_twelve(' ', 'ÖÖ', 'ÖS', half_first=True)(t)}",
        order="dmy",
    ),
    Style("whatsapp-android-ru", ANDROID, lambda t: f"{t:%d.%m.%Y, %H:%M}", order="dmy"),
    Style("whatsapp-android-da", ANDROID, lambda t: f"{t:%d.%m.%Y %H.%M}", order="dmy"),
    Style("whatsapp-android-id", ANDROID, lambda t: f"{t:%d/%m/%y %H.%M}", order="dmy"),
    Style("whatsapp-android-vi", ANDROID, lambda t: f"{t:%H:%M, %d/%m/%Y}", order="dmy"),
    Style("whatsapp-android-ja", ANDROID, lambda t: f"{t:%Y/%m/%d %H:%M}"),
    Style(
        "whatsapp-android-zh",
        ANDROID,
        lambda t: f"{t.year}/{t.month}/{t.day} {_twelve('', '上午', '下午', half_first=True)(t)}",
    ),
    Style(
        "whatsapp-android-ko",
        ANDROID,
        lambda t: f"{t.year}. {t.month}. {t.day}. {_twelve(' ', '오전', '오후', half_first=True)(t)}",
    ),
    Style(
        "whatsapp-ios-ko",
        IOS,
        lambda t: f"{t:%y}. {t.month}. {t.day}. {_twelve(' ', '오전', '오후', half_first=True)(t)}",
    ),
    Style("whatsapp-android-hu", ANDROID, lambda t: f"{t:%Y. %m. %d. %H:%M}"),
    Style("whatsapp-android-cs", ANDROID, lambda t: f"{t.day}. {t.month}. {t.year} {t.hour}:{t:%M}", order="dmy"),
    Style(
        "whatsapp-android-ar",
        "\u200f" + ANDROID,
        lambda t: f"{t.day}\u200f/{t.month}\u200f/{t.year}، {_twelve(' ', 'ص', 'م')(t)}".translate(
            {48 + n: chr(0x660 + n) for n in range(10)}
        ),
        order="dmy",
    ),
    Style("whatsapp-android-th", ANDROID, lambda t: f"{t.day}/{t.month}/{t.year + 543} {t:%H:%M}", order="dmy"),
    Style(
        "whatsapp-ios-en-us",
        IOS,
        lambda t: f"{t.month}/{t.day}/{t:%y}, {_twelve(chr(0x202F), *AM_PM, seconds=True)(t)}",
        True,
        "mdy",
    ),
    Style("whatsapp-ios-en-gb-marked", "\u200e" + IOS, lambda t: f"{t:%d/%m/%Y, %H:%M:%S}", True, "dmy"),
    Style("whatsapp-ios-de", IOS, lambda t: f"{t:%d.%m.%y, %H:%M:%S}", True, "dmy"),
    Style("whatsapp-ios-fi", IOS, lambda t: f"{t.day}.{t.month}.{t.year} klo {t.hour}.{t:%M.%S}", True, "dmy"),
    Style("whatsapp-ios-sv", IOS, lambda t: f"{t:%Y-%m-%d %H:%M:%S}", True),
    Style(
        "whatsapp-ios-es", "\ufeff\u202a" + IOS, lambda t: f"{t.day}/{t.month}/{t:%y}, {t.hour}:{t:%M:%S}", True, "dmy"
    ),
    Style("whatsapp-old-ios", "{stamp}: {name}: {text}", lambda t: f"{t:%d/%m/%y %H:%M:%S}", True, "dmy"),
    Style("signal-export", IOS, lambda t: f"{t:%Y-%m-%d %H:%M:%S}", True),
    Style("sigtop-short", "{stamp} {name}: {text}", lambda t: f"{t:%Y-%m-%d %H:%M}"),
    Style("telegram-desktop", "{name}, [{stamp}]\n{text}\n", lambda t: f"{t:%d.%m.%Y %H:%M}", order="dmy"),
    Style("telegram-desktop-old", "{name}, [{stamp}]\n{text}\n", lambda t: f"{t:%d.%m.%y %H:%M:%S}", True, "dmy"),
    Style(
        "telegram-mac",
        "{name}, [{stamp}]:\n{text}\n",
        lambda t: f"{t:%b} {t.day}, {t.year} at {_twelve(chr(0x202F), *AM_PM, seconds=True)(t)}",
        True,
    ),
    Style(
        "kakaotalk",
        "{stamp}, {name} : {text}",
        lambda t: f"{t.year}년 {t.month}월 {t.day}일 {_twelve(' ', '오전', '오후', half_first=True)(t)}",
    ),
    Style("weechat", "{stamp}\t{name}\t{text}", lambda t: f"{t:%Y-%m-%d %H:%M:%S}", True),
    Style("supybot", "{stamp}  <{name}> {text}", lambda t: f"{t:%Y-%m-%dT%H:%M:%S}", True),
    Style("iso-zone", "{stamp} {name}: {text}", lambda t: f"{t:%Y-%m-%dT%H:%M:%S}Z", True),
    Style("hand-written", IOS, lambda t: f"{t.day} {t:%B} {t.year}, {_twelve(' ', 'am', 'pm')(t)}"),
)

NAMES = (
    "Marta",
    "Zoë O'Neil-Smith",
    "+49 170 5550123",
    "\u202a+1 (555) 010\u20119999\u202c",
    "~ Lea",
    "~\u202fLea Lind",
    "🌸 Ines",
    "Dr. Ana Maria de la Vega y Ruiz Holm",
    "李明",
    "Мария",
    "محمد علي",
    "김민지",
    "PM Jones",
    "Am",
    "7",
)
