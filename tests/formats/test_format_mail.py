"""Mail: decoded, dated where it was written, and every word under the name of who wrote it."""

import base64
import re
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.errors import FormatError
from memos_graph.formats import parse

SUMMER = timezone(timedelta(hours=2))
HEAD = """From: Rosa Lind <rosa@example.org>
To: Bo Chen <bo@example.org>
Subject: Re: The kiln
Date: Tue, 14 Oct 2025 00:30:00 +0200
Message-ID: <2@example.org>
"""


def said(text: str | bytes, name: str = "a.eml") -> list[tuple[str | None, str]]:
    return [(entry.speaker, entry.text) for entry in parse(text, name=name).entries]


def test_a_mail_is_decoded_and_dated_with_its_own_zone():
    mail = (
        HEAD.replace("Rosa Lind", "=?utf-8?q?R=C3=B3sa_Lind?=").replace("The kiln", "=?iso-8859-1?q?Caf=E9?=")
        + 'MIME-Version: 1.0\nContent-Type: text/plain; charset="utf-8"\n'
        + "Content-Transfer-Encoding: quoted-printable\n\nIt is fired at n=\nine, not ten=E2=80=A6\n"
    )
    parsed = parse(mail.encode(), name="kiln.txt")
    (entry,) = parsed.entries
    assert (parsed.kind, parsed.title, entry.speaker) == ("conversation", "Re: Café", "Rósa Lind")
    assert (entry.id, entry.text) == ("2@example.org", "Café\n\nIt is fired at nine, not ten…")
    assert entry.at == datetime(2025, 10, 14, 0, 30, tzinfo=SUMMER)
    assert entry.at.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "iso-8859-15", "windows-1252"])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_charsets_and_encodings(charset: str, encoding: str):
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = "rosa@example.org", "Fee", "Tue, 14 Oct 2025 09:00:00 +0000"
    message.set_content("Café für zwölf Gäste.", charset=charset, cte=encoding)
    assert said(bytes(message)) == [("rosa@example.org", "Fee\n\nCafé für zwölf Gäste.")]


def test_text_in_utf8_is_read_as_that_whatever_it_declares():
    for header in ("", "Content-Type: text/plain; charset=us-ascii\n", "Content-Type: text/plain; charset=x-none\n"):
        assert "Café" in said((HEAD + header + "\nCafé\n").encode())[0][1]


@pytest.mark.parametrize(
    "quotation",
    [
        "On Mon, 13 Oct 2025 at 18:40, Bo Chen <bo@example.org> wrote:\n> Which day?\n",
        "On Mon, 13 Oct 2025 at 18:40, Bo Chen\n<bo@example.org> wrote:\n\n> Which\n> day?\n",
        "On Oct 13, 2025, at 6:40 PM, Bo Chen <bo@example.org> wrote:\n\n> Which day?\n",
        "On Mon, Oct 13, 2025 at 6:40 PM Bo Chen <bo@example.org> wrote:\n>Which day?\n",
        "On 2025-10-13 18:40, Bo Chen wrote:\n> Which day?\n",
        "On Mon, 13 Oct 2025 at 18:40, Bo Chen wrote:\n\nWhich day?\n",
        (
            "-----Original Message-----\nFrom: Bo Chen\nSent: Monday, October 13, 2025 6:40 PM\nTo: Rosa Lind\n"
            "Subject: The kiln\n\nWhich day?\n"
        ),
        (
            "________________________________\nFrom: Bo Chen <bo@example.org>\nSent: Monday, October 13, 2025 6:40 PM\n"
            "To: Rosa Lind\nSubject: The kiln\n\nWhich day?\n"
        ),
        (
            "---------- Forwarded message ---------\nFrom: *Bo Chen* <bo@example.org>\nDate: Mon, 13 Oct 2025 at 18:40\n"
            "Subject: The kiln\nTo: Rosa\n\nWhich day?\n"
        ),
        (
            "Begin forwarded message:\n\n> From: Bo Chen <bo@example.org>\n> Date: 13 October 2025 at 18:40\n> To: Rosa\n>\n"
            "> Which day?\n"
        ),
        "Von: Bo Chen\nDatum: 2025-10-13 18:40\nAn: Rosa\nBetreff: Ofen\n\nWhich day?\n",
    ],
)
def test_what_is_quoted_is_kept_apart_under_its_own_author_and_time(quotation: str):
    parsed = parse(f"{HEAD}\nOn Thursday at nine.\n\nRosa\n\n{quotation}", name="a.eml")
    quoted, own = parsed.entries
    assert (own.speaker, own.text) == ("Rosa Lind", "The kiln\n\nOn Thursday at nine.\n\nRosa")
    assert (quoted.speaker, quoted.text.split()) == ("Bo Chen", ["Which", "day?"])
    assert quoted.at == datetime(2025, 10, 13, 18, 40, tzinfo=SUMMER)


@pytest.mark.parametrize(
    "introduction",
    [
        "Am Mo., 13. Okt. 2025 um 18:40 Uhr schrieb Bo Chen <bo@example.org>:",
        "Am 13.10.2025 um 18:40 schrieb Bo Chen:",
        "Le lun. 13 oct. 2025 à 18:40, Bo Chen <bo@example.org> a écrit :",
        "El lun, 13 oct 2025 a las 18:40, Bo Chen (<bo@example.org>) escribió:",
        "Il giorno lun 13 ott 2025 alle ore 18:40 Bo Chen <bo@example.org> ha scritto:",
        "Bo Chen wrote:",
        "Bo Chen <bo@example.org> writes:",
    ],
)
def test_introductions_of_other_languages(introduction: str):
    found = said(f"{HEAD}\nThursday.\n\n{introduction}\n\n> Which day?\n")
    assert found == [("Bo Chen", "Which day?"), ("Rosa Lind", "The kiln\n\nThursday.")]


def test_quotations_within_quotations_and_between_answers():
    nested = "Yes.\n\nBo Chen wrote:\n> Really?\n>\n> Ana Holm wrote:\n>> It is lit.\n"
    assert said(f"{HEAD}\n{nested}") == [
        ("Ana Holm", "It is lit."),
        ("Bo Chen", "Really?"),
        ("Rosa Lind", "The kiln\n\nYes."),
    ]
    between = "> Which day?\n\nThursday.\n\n> Which hour?\n\nNine.\n"
    assert said(f"{HEAD}\n{between}")[-1] == ("Rosa Lind", "The kiln\n\nThursday.\n\nNine.")


def test_ordinary_words_are_no_quotation():
    body = "As Bo Chen wrote:\n\nbring gloves.\n\nFrom: the shed\n\nSubject: to change.\n\n-----\n\nOn 3 May I said so."
    assert len(said(f"{HEAD}\n{body}\n")) == 1


def test_a_mail_in_html_alone_is_read_by_the_reader_of_pages():
    page = (
        "<html><head><style>.pre{display:none}</style></head><body><div class=pre>Preview</div><p>On Thursday.</p>"
        "<div>On Mon, Oct 13, 2025 at 6:40 PM Bo Chen &lt;<a href='mailto:bo@example.org'>bo@example.org</a>&gt; wrote:<br>"
        "</div><blockquote><div>Which day?</div></blockquote></body></html>"
    )
    mail = f"{HEAD}Content-Type: text/html; charset=utf-8\n\n{page}\n"
    assert said(mail) == [("Bo Chen", "Which day?"), ("Rosa Lind", "The kiln\n\nOn Thursday.")]


def test_attachments_are_reported_and_a_mail_within_a_mail_is_read():
    inner = EmailMessage()
    inner["From"], inner["Subject"], inner["Date"] = "Ana <ana@example.org>", "Oven", "Mon, 13 Oct 2025 09:00:00 +0000"
    inner.set_content("It is lit.")
    message = EmailMessage()
    message["From"], message["Subject"] = "Rosa <rosa@example.org>", "Plan"
    message["Date"] = "Tue, 14 Oct 2025 09:00:00 +0000"
    message.set_content("See the plan.")
    message.add_alternative("<p>See the <b>plan</b>.</p>", subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="plan.pdf")
    message.add_attachment("a,b", filename="költség.csv")
    message.add_attachment(inner)
    parsed = parse(bytes(message), name="a.eml")
    assert [(entry.speaker, entry.text) for entry in parsed.entries] == [
        ("Ana", "Oven\n\nIt is lit."),
        ("Rosa", "Plan\n\nSee the plan."),
    ]
    assert [bad.excerpt for bad in parsed.rejected] == ["plan.pdf", "költség.csv"]
    assert all("not read" in bad.reason for bad in parsed.rejected)


def test_a_mailbox_keeps_each_mail_once_in_its_thread():
    mails = [
        ("bo@example.org", "Kiln", "0", "", "Which day is the kiln fired this week?\n>From Monday on I am away."),
        ("rosa@example.org", "Re: Kiln", "1", "0", "Thursday.\n\nbo wrote:\n> Which day is the kiln fired this week?"),
        ("ana@example.org", "Kiln", "2", "", "Another kiln altogether."),
    ]
    box = "".join(
        f"From {who} Tue Oct 14 09:12:00 2025\nFrom: {who}\nSubject: {subject}\nDate: Tue, 14 Oct 2025 09:12:0{number} +0000\n"
        f"Message-ID: <{number}@x>\n" + (f"In-Reply-To: <{to}@x>\n" if to else "") + f"\n{body}\n\n"
        for who, subject, number, to, body in mails
    )
    for name in ("a.mbox", "a.txt"):
        parsed = parse(box, name=name)
        assert [(entry.speaker, entry.attributes["session"], entry.text) for entry in parsed.entries] == [
            ("bo@example.org", "Kiln", "Kiln\n\nWhich day is the kiln fired this week?\nFrom Monday on I am away."),
            ("rosa@example.org", "Kiln", "Kiln\n\nThursday."),
            ("ana@example.org", "Kiln (2)", "Kiln\n\nAnother kiln altogether."),
        ]
    assert parsed.entries[0].id == "0@x"


def test_a_saved_page_is_a_document():
    page = base64.b64encode(
        b"<html><head><title>Ferry</title></head><body><h1>Times</h1><p>At ten.</p></body>"
    ).decode()
    saved = (
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://example.org/\nSubject: Ferry\n"
        "Date: Tue, 14 Oct 2025 09:00:00 +0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="B"\n\n--B\nContent-Type: text/html\n'
        f"Content-Transfer-Encoding: base64\n\n{page}\n--B\nContent-Type: text/css\n\np {{}}\n--B--\n"
    )
    for name in ("ferry.mhtml", "ferry"):
        parsed = parse(saved, name=name)
        assert (parsed.kind, parsed.title, parsed.at) == ("document", "Ferry", datetime(2025, 10, 14, 9, tzinfo=UTC))
        assert [(entry.heading, entry.text) for entry in parsed.entries] == [(("Times",), "At ten.")]


@pytest.mark.parametrize("date", ["TBD", "Tue, 99 Oct 2025 09:00:00 +0200", "14.10.", "\u0001"])
def test_a_date_that_can_not_be_read_costs_the_date_and_is_told(date: str):
    mail = re.sub("(?m)^Date: .*$", f"Date: {date}", HEAD)
    parsed = parse(f"{mail}\nThursday.\n", name="a.eml")
    assert (parsed.entries[0].at, parsed.entries[0].text) == (None, "The kiln\n\nThursday.")
    assert len(parsed.remarks) == 1


def test_an_empty_mail_is_refused():
    parsed = parse("From: a@example.org\nDate: Tue, 14 Oct 2025 09:00:00 +0000\n\n", name="a.eml")
    assert (parsed.entries, len(parsed.rejected)) == ((), 1)
    with pytest.raises(FormatError, match="holds no HTML"):
        parse("From: <Saved by Blink>\nSubject: x\nDate: x\n\nText.", name="a.mhtml")


@given(st.lists(st.tuples(st.integers(0, 3), st.text(alphabet="abc :", max_size=20)), max_size=12))
def test_no_word_of_a_mail_is_lost(lines: list[tuple[int, str]]):
    body = "\n".join("> " * depth + text for depth, text in lines)
    try:
        found = " ".join(text for _, text in said(f"{HEAD}\n{body}\n"))
    except FormatError:
        found = ""
    for letter in "abc":
        assert found.count(letter) == body.count(letter)


@given(st.binary(max_size=300))
def test_any_bytes_under_a_mails_head_are_read_or_refused(body: bytes):
    try:
        parsed = parse(HEAD.encode() + body, name="a.eml")
    except FormatError:
        return
    assert parsed.entries or parsed.rejected
