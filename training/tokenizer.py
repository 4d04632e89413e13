"""recall-tiny's tokenizer: byte-level BPE, lossless; the phrasebook's words are one token each, names come in pieces."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from memos_graph.host.recall_tiny.phrasebook import UNKNOWN, book
from training import words

MEMORY, USER, ASSISTANT, END, PAD = "<|memory|>", "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>"
SPECIAL = (PAD, MEMORY, USER, ASSISTANT, END)
CHAT_TEMPLATE = (
    "{{ '<|memory|>' }}{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] }}"
    "{% elif message['role'] == 'user' %}{{ '<|user|> ' + message['content'] }}"
    "{% else %}{{ '<|assistant|> ' + message['content'] + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
CONTEXT = 2048

# A line break with its dash is one piece; digits go in pairs, so that 4421 is not three ambiguous steps.
_SPLIT = Regex(r"\n-?|'(?:s|t|re|ve|m|ll|d)(?!\p{L})| ?\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]+|\s")
_KINDS = (
    "place",
    "job",
    "company",
    "colour",
    "food",
    "drink",
    "instrument",
    "substance",
    "car",
    "subject",
    "hobby",
    "language",
    "surname",
)
_SAMPLE_WORDS = 60_000


def build(vocabulary: int, seed: int) -> PreTrainedTokenizerFast:
    """Build a tokenizer with at most this many entries, its pieces learned from training names and values."""
    whole = _whole_words()
    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = _pre_tokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - len(whole) - len(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    pieces.train_from_iterator(_names(random.Random(seed)), trainer)
    learned = json.loads(pieces.to_str())["model"]
    vocab = {
        token: place
        for place, token in enumerate(
            dict.fromkeys([*SPECIAL, *sorted(learned["vocab"], key=learned["vocab"].get), *whole])
        )
    }
    merges = [(left, right) for left, right in learned["merges"]]
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, ignore_merges=True))
    tokenizer.pre_tokenizer = _pre_tokenizer()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(each, special=True, normalized=False) for each in SPECIAL])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[MEMORY, USER, ASSISTANT],
        chat_template=CHAT_TEMPLATE,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
        memory_instruction="",
    )


def save(tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write tokenizer.json and tokenizer_config.json, the chat template inside the latter."""
    tokenizer.save_pretrained(folder, save_jinja_files=False)


def _pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_SPLIT, behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def _whole_words() -> list[str]:
    """Every word of the phrasebook as the byte-level alphabet writes it (Ġ a space, Ċ a line break), and all pairs of digits."""
    lines = [
        *book().before,
        *book().chatter,
        *book().foreign,
        UNKNOWN,
        *words.MONTHS,
        *words.DAYS,
        *words.COMPANY_TAILS,
        "morning afternoon evening",
    ]
    for phrases in book().relations.values():
        lines += [*phrases.third, *phrases.third_change, *phrases.first, *phrases.first_change, *phrases.questions]
    found = {word for line in lines for word in re.findall(r"[A-Za-z]+", re.sub(r"\{.\}", " ", line))}
    found |= {word.lower() for word in found}
    marks = ["Ċ-", "'s", "'t", "'ll", "Ġ["]
    return [*marks, *(f"{number:02}" for number in range(100)), *sorted(f"Ġ{word}" for word in found)]


def _names(rng: random.Random) -> Iterator[str]:
    for _ in range(_SAMPLE_WORDS):
        yield f" {words.person(rng, 'train')}"
        yield f" {words.value(rng, rng.choice(_KINDS), 'train')}"
