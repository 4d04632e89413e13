"""What a chat program wrote itself is nobody's: left out and told, and never part of what somebody else said."""

import pytest

from memos_graph.formats import parse

BEFORE, AFTER = "14/10/2025, 15:30 - Jonas: I take the kids.", "14/10/2025, 15:50 - Marta: Perfect."


def _between(*lines: str) -> str:
    return "\n".join([BEFORE, *lines, AFTER])


@pytest.mark.parametrize(
    "notice",
    [
        "Messages and calls are end-to-end encrypted. No one outside of this chat can read or listen to them.",
        "Jonas left",
        "Marta added Lea",
        "Lea joined using this group's invite link",
        "+49 170 5550123 changed to +49 170 5550124",
        'Marta created group "Trip: Rome"',
        "Marta changed the subject from “Trip: Rome” to “Trip: Oslo”",
        "Marta changed the group description to: bring boots",
        "Your security code with Jonas changed. Tap to learn more.",
        "Jonas hat die Gruppe verlassen",
        "Marta hat den Betreff von „Fahrt: Rom“ zu „Fahrt: Oslo“ geändert",
        "Marta cambió el asunto de “Viaje: Roma” a “Viaje: Oslo”",
        "Marta mudou o assunto de “Viagem: Roma” para “Viagem: Oslo”",
        "Marta a changé le sujet de « Voyage : Rome » à « Voyage : Oslo »",
        "Марта изменила тему с «Поездка: Рим» на «Поездка: Осло»",
    ],
)
def test_a_dated_line_without_a_speaker_ends_the_turn_before(notice: str):
    parsed = parse(_between(f"14/10/2025, 15:43 - {notice}"), name="chat.txt")
    assert [(entry.speaker, entry.text) for entry in parsed.entries] == [
        ("Jonas", "I take the kids."),
        ("Marta", "Perfect."),
    ]
    (left_out,) = parsed.rejected
    assert (left_out.line, left_out.reason) == (2, "A notice by the chat program, said by nobody.")
    assert notice[:60] in left_out.excerpt


def test_what_stands_below_a_notice_is_nobodys_either():
    parsed = parse(_between("14/10/2025, 15:43 - Marta changed the group description", "Bring boots."), name="chat.txt")
    assert [entry.text for entry in parsed.entries] == ["I take the kids.", "Perfect."]
    assert [bad.line for bad in parsed.rejected] == [2, 3]


@pytest.mark.parametrize(
    "words",
    [
        "<Media omitted>",
        "<Medien ausgeschlossen>",
        "<Multimedia omitido>",
        "<Mídia oculta>",
        "<Médias omis>",
        "<Media omessi>",
        "<Media weggelaten>",
        "<Medya dahil edilmedi>",
        "<Без медиафайлов>",
        "image omitted",
        "\u200eimage omitted",
        "\u200eGIF omitted",
        "Bild weggelassen",
        "\u200eimagen omitida",
        "\u200eimagem ocultada",
        "\u200eimage absente",
        "\u200e画像は含まれていません",
        "\u200e<attached: 00000012-PHOTO-2025-10-14-15-34-12.jpg>",
        "IMG-20251014-WA0010.jpg (file attached)",
        "PTT-20251014-WA0001.opus (archivo adjunto)",
        "<View once voice message omitted>",
        "This message was deleted",
        "You deleted this message.",
        "Diese Nachricht wurde gelöscht.",
        "Se eliminó este mensaje.",
        "Mensagem apagada",
        "Ce message a été supprimé",
        "Questo messaggio è stato eliminato",
        "Dit bericht is verwijderd",
        "Bu mesaj silindi",
        "Данное сообщение удалено",
        "このメッセージは削除されました",
        "\u200eMissed voice call",
        "Messages to this group are now secured with end-to-end encryption.",
        "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Niemand außerhalb dieses Chats kann sie lesen.",
        "null",
    ],
)
def test_stand_ins_and_notices_under_a_name_are_left_out(words: str):
    parsed = parse(_between(f"14/10/2025, 15:43 - Lea: {words}"), name="chat.txt")
    assert [entry.text for entry in parsed.entries] == ["I take the kids.", "Perfect."]
    assert [bad.line for bad in parsed.rejected] == [2]


@pytest.mark.parametrize(
    ("words", "text", "attributes"),
    [
        (
            "IMG-20251014-WA0010.jpg (file attached)\nOur new boat",
            "Our new boat",
            {"attachment": "IMG-20251014-WA0010.jpg"},
        ),
        ("Lease 2025.pdf (Datei angehängt)\nLease 2025", "Lease 2025.pdf", {"attachment": "Lease 2025.pdf"}),
        ("Lease.pdf • \u200e2 pages \u200edocument omitted", "Lease.pdf", {"attachment": "Lease.pdf"}),
        ("Look! \u200e<attached: 00000012-Lease.pdf>", "Look!", {"attachment": "Lease.pdf"}),
        ("I come at ten. \u200e<This message was edited>", "I come at ten.", {"edited": "true"}),
        ("Ich komme. <Diese Nachricht wurde bearbeitet.>", "Ich komme.", {"edited": "true"}),
        ("\u200eLocation: https://maps.example/?q=1,2", "Location: https://maps.example/?q=1,2", {}),
        ("see report.pdf (it is long)", "see report.pdf (it is long)", {}),
        ("We changed the plan: ten o'clock", "We changed the plan: ten o'clock", {}),
        ("I <3 it", "I <3 it", {}),
        ("the image omitted the dog", "the image omitted the dog", {}),
    ],
)
def test_what_a_person_said_is_kept(words: str, text: str, attributes: dict[str, str]):
    parsed = parse(_between(f"14/10/2025, 15:43 - Lea: {words}"), name="chat.txt")
    assert [(entry.speaker, entry.text, entry.attributes) for entry in parsed.entries[1:-1]] == [
        ("Lea", text, attributes)
    ]
    assert parsed.rejected == ()


def test_lists_and_dates_in_a_message_stay_in_it():
    said = (
        "Who brings what:\nJonas: salad\nMarta: bread\n2025-10-20 10:00 the boat leaves\n14/10/2025\nSession two\n\nBye"
    )
    parsed = parse(_between(f"14/10/2025, 15:43 - Lea: {said}"), name="chat.txt")
    assert [entry.text for entry in parsed.entries] == ["I take the kids.", said, "Perfect."]
    assert parsed.rejected == ()


def test_two_exports_in_one_file_are_both_read():
    text = (
        "14/10/2025, 15:30 - Jonas: one\n14/10/2025, 15:31 - Marta: two\n"
        "[14/10/2025, 15:32:00] Jonas: three\n[14/10/2025, 15:33:00] Marta: four"
    )
    assert [(entry.speaker, entry.text) for entry in parse(text, name="chat.txt").entries] == [
        ("Jonas", "one"),
        ("Marta", "two"),
        ("Jonas", "three"),
        ("Marta", "four"),
    ]


def test_hundreds_of_notices_and_media_are_counted():
    lines = [
        f"14/10/2025, 15:{number % 60:02d} - {words}"
        for number in range(300)
        for words in (f"Ana{number} left", "Lea: <Media omitted>")
    ]
    parsed = parse(_between(*lines), name="chat.txt")
    assert [entry.text for entry in parsed.entries] == ["I take the kids.", "Perfect."]
    notices = [bad for bad in parsed.rejected if bad.reason.startswith("A notice")]
    assert (len(notices), sum(bad.count for bad in notices)) == (20, 300)
    (media,) = [bad for bad in parsed.rejected if bad not in notices]
    assert (media.line, media.count) == (3, 300)
