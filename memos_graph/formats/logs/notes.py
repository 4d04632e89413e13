"""What a chat program wrote itself: notices, stand-ins for media, marks of edits and deletions, names of attachments.

WhatsApp for iOS begins such words with a mark, and puts them under somebody's name; on Android, and in exports that lost
their marks, only the words tell. They are those of English, German, Spanish, Portuguese, French, Italian, Dutch, Turkish,
Russian, Japanese, Korean, Arabic and Chinese.
"""

import re
from dataclasses import dataclass, field

from memos_graph.formats.logs.signs import MARK, head_of

NOTICE = "A notice by the chat program, said by nobody."
MEDIA = "Media that the log does not hold."
DELETED = "A message that was deleted."

_ENCRYPTED = re.compile(
    r"(?:messages (?:and calls|to this (?:chat|group)|you send)|nachrichten(?: und anrufe)?|los mensajes|as mensagens|les messages"
    r"|i messaggi|berichten|mesajlar|сообщения|メッセージと通話|메시지|الرسائل|消息和通话|訊息和通話)"
    r".{0,80}(?:end-to-end|ende-zu-ende|extremo a extremo|ponta a ponta|ponto a ponto|bout en bout|crittografat|uçtan uca|сквозн"
    r"|エンドツーエンド|종단간|종단 간|مشفرة|端到端|端對端)",
    re.IGNORECASE | re.DOTALL,
)
_SUBJECTS = re.compile(
    r" (?:changed|created|added|removed|pinned|turned o(?:n|ff)|updated|renamed|set) (?:the |this |a |their |group|disappearing|you\b)"
    r"| hat (?:den|die|das|diese|dieses) (?:betreff|gruppe|gruppen\w*|bild) "
    r"| (?:cambió|creó|añadió|eliminó) (?:el|la|este|esta) (?:asunto|grupo|nombre|descripción|ícono|imagen)"
    r"| (?:mudou|alterou|criou|removeu) (?:o|a|este|esta) (?:assunto|grupo|nome|descrição|imagem|ícone)"
    r"| a (?:changé|modifié|créé|supprimé) (?:le|la|l’|l'|ce|cette) ?(?:sujet|objet|groupe|nom|description|icône|image)"
    r"| ha (?:cambiato|modificato|creato|rimosso) (?:l’|l'|il|la|questo|questa) ?(?:oggetto|gruppo|nome|descrizione|immagine)"
    r"| heeft (?:het|de|deze|dit) (?:onderwerp|groep|groeps\w+|beschrijving|afbeelding)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"(?:missed (?:group )?(?:voice|video) call|verpasster (?:sprach|video)anruf|llamada (?:de voz )?perdida|videollamada perdida"
    r"|chamada de (?:voz|vídeo) perdida|appel (?:vocal|vidéo) manqué|chiamata (?:vocale )?persa|gemiste (?:spraak|video)oproep"
    r"|null|waiting for this message.*|your security code with .* changed.*|live location shared)(?:\.? tap .*)?[.,]?",
    re.IGNORECASE,
)
_BRACKETED_MEDIA = re.compile(
    r"[<\[(]\s?(?:[^<>\[\]]{0,24}(?:media|medien|mídia|midia|multimedia|médias?|medya|медиа|медиафайл|メディア|미디어|وسائط|媒体|媒體|view once"
    r"|einmal|attached|omitted)[^<>\[\]]{0,30}|photo|video|voice message|audio(?: file)?|sticker|file|animation|gif|album)\s?[>\])]",
    re.IGNORECASE,
)
_PLAIN_MEDIA = re.compile(
    r"(?:(?P<file>.+\.\w{2,5})(?: \u2022 [^\u2022]{1,20})?\s+)?(?:gif|image|photo|video|audio|sticker|document|contact card|video note|bild|foto|dokument"
    r"|kontaktkarte|imagen|v[ií]deo|documento|tarjeta de contacto|imagem|áudio|figurinha|immagine|afbeelding|image|vidéo|fichier"
    r"|görüntü|belge|medya|изображение|видео|аудиофайл|стикер|документ|画像|ビデオ|音声|スタンプ|ドキュメント|사진|동영상|오디오|스티커|문서)"
    r"[- ]?(?:omitted|weggelassen|omitid[oa]|ocultad[oa]|absente?|omise?|manquant|omess[oa]|non inclus[oa]|weggelaten|dahil edilmedi"
    r"|отсутствует|пропущен[оа]?|は含まれていません|(?:이 )?생략됨)[.]?",
    re.IGNORECASE,
)
_DELETED = re.compile(
    r"\(?(?:this message was deleted|you deleted this message|diese nachricht wurde gelöscht|du hast diese nachricht gelöscht"
    r"|(?:se eliminó|eliminaste) este mensaje|este mensaje fue eliminado|(?:essa |esta )?mensagem (?:foi )?apagada"
    r"|você apagou (?:essa|esta) mensagem|(?:ce )?message (?:a été )?supprimé|vous avez supprimé ce message"
    r"|questo messaggio è stato eliminato|hai eliminato questo messaggio|dit bericht is verwijderd"
    r"|(?:je|u) hebt dit bericht verwijderd|bu mesaj silindi|bu mesajı sildiniz|(?:данное|это) сообщение удалено"
    r"|вы удалили (?:данное|это) сообщение|このメッセージ(?:は削除されました|を削除しました)|삭제된 메시지입니다\.?"
    r"|(?:تم حذف|لقد حذفت|حذفت) هذه الرسالة|此消息已删除|你已删除此消息)[.。]?\)?",
    re.IGNORECASE,
)
_EDITED = re.compile(
    r"\s{0,3}<[^<>\n]{0,40}(?:edited|bearbeitet|editó|editado|editada|modifié|modificato|bewerkt|düzenlendi|изменено|編集|수정|تعديل|编辑)[^<>\n]{0,20}>$",
    re.IGNORECASE,
)
_ATTACHED_WORD = (
    r"[^()<>:\n]{0,20}(?:attached|angehängt|anhang|adjunt|anexad|joint|allegat|bijgevoegd|ekli|eklendi|добавлен|прикреплен|додано|添付|첨부|مرفق|附件|bifog"
    r"|vedhæft|vedlagt|załącz|csatol|liite|lampir|přilož|pripoj|anexat|atașa)[^()<>:\n]{0,20}"
)
_ATTACHED = (
    re.compile(
        rf"(?P<file>[^\n<>]{{1,200}}\.\w{{0,5}}) \({_ATTACHED_WORD}\)(?:\n(?P<text>.*))?", re.DOTALL | re.IGNORECASE
    ),
    re.compile(
        rf"(?P<text>.*?)\s{{0,3}}<{_ATTACHED_WORD}: ?(?P<file>[^<>\n]{{1,200}}\.\w{{2,5}})>(?P<more>\n.*)?",
        re.DOTALL | re.IGNORECASE,
    ),
)
_BY_THE_PROGRAM = re.compile(
    r"(?:\d{8}-)?(?:IMG|VID|PTT|AUD|STK|DOC|PHOTO|VIDEO|AUDIO|STICKER|GIF|Screenshot)[-_]\d.*", re.IGNORECASE
)
_LONGEST = 4000  # characters; what a program writes itself is short
_NUMBERED = re.compile(r"^\d{8}-")
_FORWARDED = re.compile(r"\[?Forwarded from:? (?P<name>[^\]\n]{1,80})\]?\n", re.IGNORECASE)
_REACTIONS = re.compile(r"\n\(- (?P<all>[^\n]+) -\)\s*$")


@dataclass(frozen=True)
class Words:
    """What remains of a message: ``text``, or why there is none; ``attributes`` such as ``{"attachment": "lease.pdf"}``."""

    text: str
    left_out: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)


def is_notice(name: str) -> bool:
    """Whether what stands before a colon is not a name but the beginning of a notice: "Bo changed the subject to …"."""
    return bool(_SUBJECTS.search(f"{name} "))


def words_of(text: str) -> Words:
    """Take a message apart into what a person said, and what the program put around it."""
    if len(text) > _LONGEST:
        return Words(text)
    attributes: dict[str, str] = {}
    by_program = text.lstrip().startswith(MARK)
    bare = text.replace(MARK, "").strip()
    for pattern, key in ((_EDITED, "edited"), (_REACTIONS, "reactions"), (_FORWARDED, "forwarded_from")):
        found = pattern.match(bare) if pattern is _FORWARDED else pattern.search(bare)
        if found:
            attributes[key] = "true" if key == "edited" else found[1]
            bare = (bare[: found.start()] + bare[found.end() :]).strip()
    if why := _left_out(bare):
        return Words("", why)
    if found := _PLAIN_MEDIA.fullmatch(bare):
        return (
            Words(found["file"], attributes={**attributes, "attachment": found["file"]})
            if found["file"]
            else Words("", MEDIA)
        )
    for pattern in _ATTACHED:
        if found := pattern.fullmatch(bare):
            said = (found["text"] or "") + (found.groupdict().get("more") or "")
            return _with_file(found["file"], said.strip(), attributes)
    if by_program and not _is_shared(bare):
        return Words("", NOTICE)
    return Words(bare if attributes or by_program else text, attributes=attributes)


def _left_out(bare: str) -> str | None:
    if _DELETED.fullmatch(bare):
        return DELETED
    if _BRACKETED_MEDIA.fullmatch(bare) and not _ATTACHED[1].fullmatch(bare):
        return MEDIA
    plain = head_of(bare).text
    return NOTICE if _ENCRYPTED.match(plain) or _CALL.fullmatch(plain) else None


def _with_file(file: str, said: str, attributes: dict[str, str]) -> Words:
    """Keep the words beside a file; without any, its name where a person gave it one."""
    file = _NUMBERED.sub("", file.strip())
    kept = {**attributes, "attachment": file}
    if said and said != file.rpartition(".")[0]:
        return Words(said, attributes=kept)
    return Words("", MEDIA) if _BY_THE_PROGRAM.fullmatch(file) else Words(file, attributes=kept)


def _is_shared(bare: str) -> bool:
    """Whether marked words are a person's all the same: a place, a poll."""
    return "://" in bare or "\n" in bare
