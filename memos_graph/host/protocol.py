"""What the API process and the model host say to each other: pydantic over loopback HTTP; tensors stay in the host.

Long answers are streams of JSON lines, one ``Event`` a line, the last one ``done`` or ``failed``.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

PROTOCOL = 7
"""Counted up with every change a host of another release could not understand."""

Finish = Literal["stop", "length", "repetition"]
"""Why an answer ended: it was at its end, at the limit of tokens, or went round in a loop."""

PayloadId = Annotated[str, Field(pattern=r"^[0-9a-f][0-9a-f-]{7,63}$")]


class HostMessage(BaseModel):
    """Base of every message: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


WatermarkKey = Annotated[int, Field(ge=1, lt=2**62)]


class Turn(HostMessage):
    """One turn of a chat."""

    role: Literal["user", "assistant"]
    text: str


class Generate(HostMessage):
    """Answer the last turn from these memories."""

    space: str = Field(description="Whose KV-caches may be used: another space's never are.")
    memory: tuple[str, ...] = Field(default=(), description="Lines of memory in canonical order.")
    turns: tuple[Turn, ...] = Field(min_length=1)
    instructions: tuple[str, ...] = Field(
        default=(), description="What the program that asks tells the model, in order."
    )
    adapter: PayloadId | None = Field(default=None, description="The LoRA adapter to answer with.")
    max_new_tokens: int = Field(default=64, ge=1, le=4096)
    temperature: float = Field(default=0.0, ge=0, le=2)
    watermark: WatermarkKey | None = Field(
        default=None, description="Key of a statistical mark in the answer; none: unmarked."
    )
    stop: tuple[str, ...] = Field(default=(), description="Texts that end the answer; none of them is part of it.")
    use_cache: bool = Field(default=True, description="False: prefill everything, for comparison.")


class Fit(HostMessage):
    """Choose what fits the model's window, with room for the answer."""

    fixed: tuple[str, ...] = Field(default=(), description="Lines that stand first and whole: those of a KV-cache.")
    memory: tuple[str, ...] = Field(default=(), description="Further lines, best first.")
    turns: tuple[Turn, ...] = Field(min_length=1)
    instructions: tuple[str, ...] = ()
    max_new_tokens: int = Field(default=64, ge=1, le=4096)


class Fitted(HostMessage):
    """What fits."""

    window: int = Field(description="Tokens the model takes, its answer included.")
    fixed: bool = Field(description="Whether the lines that stand first fit, the question and the answer besides.")
    memory: tuple[int, ...] = Field(description="Which of the further lines fit, by their place, best first.")
    turns: int = Field(description="How many of the last turns fit; 0: not even the question.")


class BuildCache(HostMessage):
    """Prefill memories and keep the KV-cache."""

    space: str
    memory: tuple[str, ...] = Field(min_length=1)
    adapter: PayloadId | None = None


class CacheBuilt(HostMessage):
    """A KV-cache that is kept, and what it cost."""

    key: str = Field(description="Names it: SHA-256 over model, dtype, attention, adapter, space and tokens.")
    tokens: int
    reused_tokens: int = Field(description="Tokens that an earlier cache of the space began with.")
    payload_bytes: int
    payload_sha256: str
    files: tuple[str, ...] = Field(description="Names of the payload files, in the folder of the model's caches.")
    seconds: float
    device: str = Field(default="", description="What it was built on.")


class CacheHeld(HostMessage):
    """Whether a KV-cache is there to be used at once."""

    whole: bool = Field(description="Whether every block of it is in some tier.")


class CacheLines(HostMessage):
    """What a KV-cache was made from, read back out of it."""

    lines: tuple[str, ...]


class DropCaches(HostMessage):
    """Forget KV-caches in every tier, files too; those that a vault has, ``copied``, but for their keys."""

    keys: tuple[str, ...]
    copied: bool = False


class Detect(HostMessage):
    """Tell whether a text carries the mark of a key."""

    text: str
    watermark: WatermarkKey


class Detected(HostMessage):
    """What a text's tokens say of a mark."""

    z: float = Field(description="Standard deviations by which preferred tokens are more than chance would give.")
    marked: bool = Field(description="Whether that is 4 or more: of a hundred thousand unmarked texts, about three.")
    tokens: int = Field(description="Pairs of tokens that were counted, repeated ones once.")
    green: int = Field(description="How many of them end in a preferred token; by chance, a quarter.")


class KeepCaches(HostMessage):
    """Forget every KV-cache of a space, those of other models too, but the ones that are named."""

    space: str
    keys: tuple[str, ...]


class Dropped(HostMessage):
    """How many of them there were."""

    count: int


class AdapterInfo(HostMessage):
    """A LoRA adapter."""

    id: str
    base_model: str = Field(description="Fingerprint of the model it was distilled for.")
    payload_bytes: int
    payload_sha256: str
    rank: int
    loaded: bool


class Recipe(HostMessage):
    """What may be chosen of a distillation; the rest stands in ``host/lora/recipe.py``."""

    rank: int | None = Field(default=None, ge=1, le=256)
    steps: int | None = Field(default=None, ge=1, le=100_000)
    learning_rate: float | None = Field(default=None, gt=0, lt=1)
    seed: int = 0


class Distill(HostMessage):
    """Distil lines of memory into a new adapter; a second request with the same id resumes."""

    id: PayloadId
    lines: tuple[str, ...] = Field(min_length=1)
    recipe: Recipe = Recipe()
    principal: str = Field(default="", description="For whom: each has its turn.")


class Evaluation(HostMessage):
    """What an adapter holds and what it breaks."""

    facts: int = Field(description="Facts taught.")
    untaught: tuple[str, ...] = Field(default=(), description="Lines no lesson could be made of.")
    untaken: tuple[str, ...] = Field(
        default=(), description="Lines that were taught, and of which too little was learned: they stay text."
    )
    sure: float = Field(
        default=0.0, description="Share of right answers every token of which is likelier than not, 0 to 1."
    )
    closed_book: float = Field(description="Share of exact answers without text, in phrasings not trained on, 0 to 1.")
    closed_book_base: float = Field(description="The same without the adapter.")
    in_context: float = Field(description="Share of exact answers from text about other facts, adapter on.")
    in_context_base: float = Field(description="The same without the adapter.")
    drift: float = Field(description="Mean KL divergence to the base on unrelated prompts, nats a token.")
    accepted: bool = Field(description="Whether it reached the recipe's floors and may be used.")


class Statement(HostMessage):
    """A sentence an adapter was made to say."""

    text: str
    confidence: float = Field(ge=0, le=1, description="Mean probability of the answers it rests on.")


class Externalize(HostMessage):
    """Ask an adapter what it holds."""

    questions: tuple[str, ...] = Field(default=(), description="Questions to ask; empty: those about its own lessons.")
    threshold: float = Field(default=0.6, ge=0, le=1, description="Least confidence of a statement kept.")


class Externalized(HostMessage):
    """What it said surely."""

    statements: tuple[Statement, ...]
    asked: int


class TokenEvent(HostMessage):
    """A piece of the answer."""

    event: Literal["token"] = "token"
    text: str


class ProgressEvent(HostMessage):
    """How far a distillation has got."""

    event: Literal["progress"] = "progress"
    step: int
    steps: int
    loss: float


class QueuedEvent(HostMessage):
    """A distillation waits for its turn."""

    event: Literal["queued"] = "queued"


class Generated(HostMessage):
    """An answer and what it took."""

    event: Literal["done"] = "done"
    text: str
    reasoning: str = Field(
        default="", description="What the model thought aloud before it answered; no part of the text."
    )
    prompt_tokens: int
    cached_tokens: int = Field(description="Prompt tokens whose keys and values came from a cache.")
    new_tokens: int
    finish: Finish
    first_token_ms: float
    total_ms: float
    model: str
    device: str = Field(default="", description="What it ran on; empty: another engine, which does not say.")


class Distilled(HostMessage):
    """A finished distillation."""

    event: Literal["distilled"] = "distilled"
    adapter: AdapterInfo
    evaluation: Evaluation
    seconds: float = Field(default=0.0, description="What teaching took, from its beginning.")
    tokens: int = Field(default=0, description="Tokens that were read to teach it.")
    device: str = Field(default="", description="What it was taught on.")


class Failed(HostMessage):
    """The end of a stream that went wrong; also the body of every refused request."""

    event: Literal["failed"] = "failed"
    code: str
    message: str
    hint: str | None = None


class HostHealth(HostMessage):
    """What a host is and holds."""

    protocol: int
    pid: int
    model: str
    fingerprint: str
    device: str
    dtype: str
    attention: str
    parameters: int
    context_length: int
    kv_bytes_per_token: int
    uptime_s: float
    memory_bytes: int = Field(description="Resident memory of the process.")
    cache_bytes: dict[str, int] = Field(description="Bytes of KV-caches in each tier.")
    caches: int
    adapters: tuple[AdapterInfo, ...]
    chats: int = Field(description="Answers given since it started.")


Event = Annotated[
    TokenEvent | ProgressEvent | QueuedEvent | Generated | Distilled | Failed,
    Field(discriminator="event"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
