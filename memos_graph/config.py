"""Settings: read from the environment (``MEMOS_…``, ``NEO4J_…``), validated once, passed on explicitly.

Nothing reads an environment variable anywhere else. Every field is documented in docs/settings.md, and a test holds the
two together.
"""

import logging
import os
from collections.abc import Collection
from datetime import tzinfo
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from tzlocal import get_localzone

from memos_graph.errors import ConfigurationError
from memos_graph.kit.addresses import is_safe
from memos_graph.kit.moments import zone_of
from memos_graph.kit.traces import Tells

_log = logging.getLogger(__name__)
_NEAR = 0.8  # the least likeness of a misspelt name to the one that was meant
_OTHERS = frozenset({"MEMOS_KEY"})  # what a shell keeps an API key in, as the documents show it
_told: set[str] = set()


def _default_home() -> Path:
    return platformdirs.user_data_path("memos-graph", appauthor=False)


def _default_cache() -> Path:
    return platformdirs.user_cache_path("memos-graph", appauthor=False)


def _neo4j(name: str) -> AliasChoices:
    return AliasChoices(f"MEMOS_NEO4J_{name}", f"NEO4J_{name}", f"neo4j_{name.lower()}")


class Settings(BaseSettings):
    """What can be set, with its unit and default.

    * ``Settings()`` reads the environment; keyword arguments win over it.
    * Raises ``ConfigurationError`` through ``Settings.load`` (pydantic's ``ValidationError`` when built directly).
    """

    model_config = SettingsConfigDict(env_prefix="MEMOS_", extra="ignore", frozen=True, populate_by_name=True)

    home: Path = Field(default_factory=_default_home, description="Folder of the managed server, its data and secrets.")
    cache: Path = Field(
        default_factory=_default_cache,
        description="Folder of the downloaded server jars and of the converted `smollm2`, shared by every home.",
    )
    keys: Path | None = Field(
        default=None,
        description="Folder of the signing and encryption keys; unset: `secrets` in `MEMOS_HOME`. Machines on one database share it.",
    )
    vault_url: str | None = Field(
        default=None,
        description="Where payloads are kept besides `MEMOS_HOME`: `file:///FOLDER`, or `s3://BUCKET/PREFIX` with the extra `vault`; unset: nowhere else.",
    )
    vault_cold_url: str | None = Field(
        default=None,
        description="Where the payloads of archived KV-caches and adapters are kept, as `MEMOS_VAULT_URL`; unset: there.",
    )
    neo4j_uri: str | None = Field(
        default=None, validation_alias=_neo4j("URI"), description="Server to use; unset: a managed local one."
    )
    neo4j_user: str = Field(default="neo4j", validation_alias=_neo4j("USER"), description="User name at `NEO4J_URI`.")
    neo4j_password: SecretStr | None = Field(
        default=None, validation_alias=_neo4j("PASSWORD"), description="Password at `NEO4J_URI`."
    )
    neo4j_database: str = Field(
        default="neo4j", validation_alias=_neo4j("DATABASE"), description="Database name at the server."
    )

    engine_heap_mb: Annotated[int, Field(ge=128)] | None = Field(
        default=None, description="Managed server's heap, MiB; unset: sized from the machine."
    )
    engine_page_cache_mb: Annotated[int, Field(ge=32)] | None = Field(
        default=None, description="Managed server's page cache, MiB; unset: sized from the machine."
    )
    engine_bolt_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None, description="Managed server's Bolt port; unset: a free one, then remembered."
    )
    engine_http_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None, description="Managed server's HTTP (Neo4j Browser) port; unset: a free one, then remembered."
    )
    engine_start_timeout: Annotated[float, Field(gt=0)] = Field(
        default=90.0, description="Seconds to wait for the managed server to accept Bolt."
    )
    min_free_disk_mb: Annotated[int, Field(ge=0)] = Field(
        default=512, description="Below this much free disk, MiB, the managed server refuses to start."
    )

    timeout_s: Annotated[float, Field(gt=0)] = Field(
        default=10.0,
        description="Seconds within which a database or model host that hangs is an error; what takes long by its nature has `MEMOS_LONG_TIMEOUT_S`.",
    )
    long_timeout_s: Annotated[float, Field(gt=0)] = Field(
        default=600.0,
        description="Seconds one transaction of a long act may take: a batch of an ingest, an erasure, a check of a log, a migration.",
    )

    embedder: str = Field(
        default="all-MiniLM-L6-v2",
        description="sentence-transformers model, name or path, or the name of one that another package brings; the default ships as a package and works offline.",
    )
    embedding_precision: Literal["float32", "int8"] = Field(
        default="int8", description="Weights of the embedding model on a CPU; int8 is two to four times as fast."
    )
    embedding_batch: Annotated[int, Field(ge=1, le=4096)] = Field(default=64, description="Texts embedded at once.")

    peer_key: SecretStr | None = Field(
        default=None, description="API key of the other device, for `memos sync` without --key-file."
    )

    llm_url: str | None = Field(
        default=None,
        description="OpenAI-compatible base URL: extracts facts, and answers chats unless MEMOS_MODEL is set.",
    )
    llm_model: str | None = Field(default=None, description="Model name at `MEMOS_LLM_URL`.")
    llm_key: SecretStr | None = Field(default=None, description="Bearer key at `MEMOS_LLM_URL`.")
    llm_engine: Literal["openai", "vllm", "sglang"] = Field(
        default="openai",
        description="What runs at `MEMOS_LLM_URL`; vllm and sglang are told to share cached prefixes in a space only, and to load adapters.",
    )
    llm_window: Annotated[int, Field(ge=256)] = Field(
        default=8192,
        description="Tokens the model at `MEMOS_LLM_URL` takes, its answer included; memories are cut to what fits, by a safe estimate.",
    )
    llm_timeout: Annotated[float, Field(gt=0)] = Field(
        default=60.0, description="Seconds a server at `MEMOS_LLM_URL` may say nothing before it counts as failed."
    )

    llm_retry: Annotated[float, Field(ge=0)] = Field(
        default=20.0,
        description="Seconds within which a server at `MEMOS_LLM_URL` that has no time is asked again; 0: never.",
    )
    llm_sees: Literal["public", "personal", "confidential", "secret"] = Field(
        default="public",
        description="Up to which level what is sensitive is sent to `MEMOS_LLM_URL`; above it goes the kind in its place.",
    )

    model: str = Field(
        default="recall-tiny",
        description="Causal language model of the model host: name on a hub, or path; the default ships with the package; `smollm2`: SmolLM2-135M-Instruct, offline.",
    )
    host_device: str | None = Field(
        default=None, description="Device of the model host; unset: CUDA where there is one."
    )
    host_dtype: Literal["float32", "bfloat16", "float16"] | None = Field(
        default=None, description="Number format of the model; unset: float32 on a CPU, bfloat16 on a GPU."
    )
    host_threads: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="CPU threads of the model host, and of a distillation; unset: PyTorch's choice, and as many as find an idle core.",
    )
    host_start_timeout: Annotated[float, Field(gt=0)] = Field(
        default=180.0, description="Seconds to wait for the model host to load its model."
    )
    host_timeout: Annotated[float, Field(gt=0)] = Field(
        default=120.0, description="Seconds the model host may say nothing before it counts as unavailable."
    )
    host_idle: Annotated[float, Field(gt=0)] = Field(
        default=600.0, description="Seconds without a request after which the model host ends by itself."
    )
    distill_at_once: Annotated[int, Field(ge=1, le=16)] = Field(
        default=1, description="Distillations that run at once, by whomever; others wait their turn."
    )
    distill_queue: Annotated[int, Field(ge=0, le=100)] = Field(
        default=3, description="Distillations of one principal that may wait beside the one that runs."
    )
    kv_device_mb: Annotated[int, Field(ge=0)] = Field(
        default=512, description="KV-caches kept on the model's device, MiB."
    )
    kv_host_mb: Annotated[int, Field(ge=0)] = Field(default=1024, description="KV-caches kept in host memory, MiB.")
    kv_disk_mb: Annotated[int, Field(ge=0)] = Field(default=8192, description="KV-caches kept on disk, MiB.")
    kv_reuse: Literal["faster", "always"] = Field(
        default="faster",
        description="Use a kept KV-cache where that is faster than computing it, as measured; or always.",
    )

    sensitivity: str = Field(
        default="rules",
        description="What finds sensitive content on write: `rules` alone, `presidio` (presidio-analyzer with its model as well), or the name of one that another package brings.",
    )
    extractor: str | None = Field(
        default=None,
        description="What finds facts and concepts on write: `rules`, `model` (the one at `MEMOS_LLM_URL`), or the name of one that another package brings; unset: the model where there is one.",
    )
    watermark: bool = Field(
        default=False, description="Mark generated text statistically, so that `memos mark detect` can tell it as ours."
    )

    ingest_batch: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=128, description="Messages written in one transaction."
    )
    max_text_chars: Annotated[int, Field(ge=100)] = Field(
        default=100_000, description="Longest text of one memory, characters; a longer message is kept in parts."
    )
    max_upload_mb: Annotated[int, Field(ge=1)] = Field(default=64, description="Largest file or request body, MiB.")
    read_seconds: Annotated[float, Field(gt=0)] = Field(
        default=8.0, description="Processor time that reading one file may take, seconds; what takes more is refused."
    )
    read_mb: Annotated[int, Field(ge=64)] = Field(
        default=500, description="Memory that reading one file may take, MiB; what takes more is refused."
    )
    read_entries: Annotated[int, Field(ge=1)] = Field(
        default=250_000, description="Most messages or passages of one file; one with more is refused."
    )

    audit_reads: Literal["group", "sync"] = Field(
        default="group", description="Record reads by group commit, or each one before its answer."
    )
    traces: Tells = Field(
        default="ids",
        description="What spans of OpenTelemetry tell, in a program that traces: nothing (off), ids, or questions and memories too (text).",
    )
    audit_delay_ms: Annotated[int, Field(ge=1, le=60_000)] = Field(
        default=1000, description="Longest time a read waits in memory before it is recorded, ms."
    )
    audit_queue: Annotated[int, Field(ge=1)] = Field(
        default=1000, description="Most reads waiting to be recorded; one more waits for the queue to drain."
    )
    upkeep_minutes: Annotated[int, Field(ge=0)] = Field(
        default=60, description="How often `memos up` sweeps what has come to its end, minutes; 0: never."
    )
    workers: Annotated[int, Field(ge=0, le=64)] = Field(
        default=1, description="How many jobs `memos up` does at once, beside those of `memos work`; 0: none."
    )
    scheduler: Literal["off", "advise", "act"] = Field(
        default="advise",
        description="Whether the forms of memories are planned (`memos schedule plan`), and whether `memos up` has plans carried out.",
    )
    scheduler_strategy: str = Field(
        default="cost",
        description="What decides which memories are worth a payload: `cost`, `frequency`, `recency`, `labels`, or the name of one that another package brings.",
    )
    scheduler_mb: Annotated[int, Field(ge=0)] = Field(
        default=512, description="KV-caches that the scheduler lets stand in one space, MiB; 0: none."
    )
    scheduler_teaches: bool = Field(
        default=False, description="Whether the scheduler may have memories taught to adapters."
    )
    scheduler_archives_days: Annotated[int, Field(ge=0)] = Field(
        default=0, description="After how many days unread the scheduler archives a memory; 0: never."
    )
    heat_half_life_days: Annotated[float, Field(gt=0, le=3650)] = Field(
        default=7.0, description="In how many days the use of a memory counts half."
    )
    job_lease_s: Annotated[float, Field(ge=1, le=3600)] = Field(
        default=30.0,
        description="How long a worker has a job without being heard of, seconds; then another goes on with it.",
    )
    audit_archive: Path | None = Field(
        default=None,
        description="Folder of archived logs, one for all homes of a database; unset: in `MEMOS_HOME/audit`.",
    )
    seal_hours: Annotated[int, Field(ge=0)] = Field(
        default=24, description="How often `memos up` seals the logs of spaces, hours; 0: never."
    )
    seal_events: Annotated[int, Field(ge=0)] = Field(
        default=1000, description="After how many new events `memos up` seals a log before its time; 0: never."
    )
    seal_minutes: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="How often `memos up` seals the logs that have something new, minutes; 0: as `MEMOS_SEAL_HOURS` says.",
    )
    seal_command: str | None = Field(
        default=None,
        description="Command that is given each new seal on its standard input; words are split, no shell runs.",
    )
    seal_url: str | None = Field(
        default=None, description="https address, or one of this machine, that each new seal is posted to, signed."
    )
    seal_folder: Path | None = Field(
        default=None, description="Folder elsewhere, such as a mounted one, that each new seal is copied to."
    )
    search_cache: Annotated[int, Field(ge=0)] = Field(
        default=512, description="Searches kept in the intermediate cache; 0 switches it off."
    )

    timezone: str | None = Field(
        default=None,
        description="Reader's time zone by its IANA name, for what a question means by today; unset: this machine's.",
    )

    api_requests: Annotated[int, Field(ge=1, le=32)] = Field(
        default=4, description="Ordinary requests of one principal answered at once; others wait their turn."
    )
    api_uploads: Annotated[int, Field(ge=1, le=6)] = Field(
        default=2, description="Uploads, builds and other long acts of one principal done at once."
    )
    api_chats: Annotated[int, Field(ge=1, le=16)] = Field(
        default=6, description="Chats of one principal answered at once."
    )
    api_waiting: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=64, description="More requests of one principal, of each of these kinds, that may wait; then 429."
    )
    api_rate: str | None = Field(
        default=None,
        description="Most requests of one principal in a time, e.g. `10/second; 300/minute`; then 429. Unset: as many as its turns let through.",
    )
    api_host: str = Field(default="127.0.0.1", description="Address the REST API listens on.")
    api_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=7707, description="Port the REST API listens on; 0: a free one."
    )

    oidc_issuer: str | None = Field(
        default=None,
        description="OpenID Connect issuer whose tokens sign people in over REST and MCP, besides keys; https, or this machine.",
    )
    oidc_audience: str | None = Field(
        default=None, description="What a token must be for (its `aud`): this service, as the issuer calls it."
    )
    oidc_claim: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="sub", description="Claim of a token that names the principal: one that people can't change themselves."
    )

    principal: str | None = Field(
        default=None, description="Who acts in `memos mcp`, as `--as` writes it; unset: who is logged in."
    )

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        return name if name is None else zone_of(name).key

    @field_validator("seal_url", "oidc_issuer")
    @classmethod
    def _private(cls, url: str | None) -> str | None:
        if url is None or is_safe(url):
            return url
        raise ValueError("only https, or this machine")

    @property
    def keys_folder(self) -> Path:
        """The folder of the signing and encryption keys."""
        return (self.keys or self.home / "secrets").expanduser().absolute()

    @cached_property
    def zone(self) -> tzinfo:
        """The reader's time zone: the one set, or the machine's."""
        return get_localzone() if self.timezone is None else zone_of(self.timezone)

    @property
    def heat_half_life_s(self) -> float:
        """Seconds in which the use of a memory counts half."""
        return self.heat_half_life_days * 86_400

    @property
    def chats_remotely(self) -> bool:
        """Whether chats are answered at ``llm_url`` and not by a model host of our own.

        With an engine there that takes adapters, the host still distils them, of the model that ``model`` names and the engine serves.
        """
        return self.llm_url is not None and (self.llm_engine != "openai" or "model" not in self.model_fields_set)

    @property
    def answers_freely(self) -> bool:
        """Whether a model is set that answers in its own words; recall-tiny knows its phrasebook only."""
        return self.chats_remotely or self.model != type(self).model_fields["model"].default

    @classmethod
    def load(cls, **overrides: object) -> "Settings":
        """Build from the environment and ``overrides``; raises ``ConfigurationError`` naming each bad setting."""
        try:
            found = cls(**overrides)  # type: ignore[arg-type]
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise ConfigurationError(
                f"Settings are invalid: {problems}.", hint="docs/settings.md lists every setting with its range."
            ) from error
        _tell_unknown(cls.variables())
        return found

    @classmethod
    def variables(cls) -> frozenset[str]:
        """Return the names of the environment variables that are settings."""
        names = {f"MEMOS_{name.upper()}" for name in cls.model_fields}
        return frozenset(names | {name.removeprefix("MEMOS_") for name in names if name.startswith("MEMOS_NEO4J_")})


def _tell_unknown(known: Collection[str]) -> None:
    """Warn, once each, of variables that look like settings and are none: a misspelt one would be ignored in silence."""
    for name in sorted(set(os.environ) - _told):
        written = name.upper()
        if written in known or written in _OTHERS or not written.startswith(("MEMOS_", "NEO4J_")):
            continue
        near = get_close_matches(written, known, n=1, cutoff=_NEAR)
        if near or written.startswith("MEMOS_"):  # others have NEO4J_… variables of their own
            _told.add(name)
            meant = f"did you mean {near[0]}?" if near else "docs/settings.md lists them."
            _log.warning("%s is not a setting and is ignored: %s", name, meant)
