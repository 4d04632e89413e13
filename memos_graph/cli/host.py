"""``memos host``: the model host in the foreground, started again when it ends."""

import sys
import time

import typer
from rich.text import Text

from memos_graph.cli import options, output
from memos_graph.config import Settings
from memos_graph.errors import HostUnavailableError
from memos_graph.host.protocol import HostHealth
from memos_graph.host.supervisor import HostProcess
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.vault.payloads import payload_keys

_WATCH_S = 1.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(host)


def host(json: options.Json = False) -> None:
    """Run the model host in the foreground until Ctrl-C; one that ends is started again.

    \b
    memos host
    MEMOS_MODEL=Qwen/Qwen3-0.6B memos host

    Nothing else needs it: a chat starts the host by itself, and it ends when it has been idle for MEMOS_HOST_IDLE seconds.
    """  # noqa: D301
    settings = Settings.load(host_idle=_never())
    process = HostProcess(settings, payload_keys(Keyring(settings.keys_folder)))
    pause = _FIRST_PAUSE_S
    try:
        while True:
            process.ensure()
            found = process.health()
            if found is not None:
                _announce(found, json=json)
            began = time.monotonic()
            while process.running() is not None:
                time.sleep(_WATCH_S)
            # One that ends at once is not started again at once.
            pause = _FIRST_PAUSE_S if time.monotonic() - began > _LONGEST_PAUSE_S else min(2 * pause, _LONGEST_PAUSE_S)
            output.note(f"The model host ended; it is started again in {pause:.0f} s. {process.home.log} may say why.")
            time.sleep(pause)
    except KeyboardInterrupt:
        process.stop()
        output.note("Stopped.")


def running(settings: Settings) -> str:
    """Return one line on the host of ``settings``; starts nothing."""
    try:
        found = HostProcess(settings).health()
    except HostUnavailableError as error:
        return error.message
    if found is None:
        return "not running; it starts when it is needed"
    return (
        f"{found.model} on {found.device}, process {found.pid}, {found.memory_bytes >> 20} MiB, "
        f"{found.caches} KV-caches, {len(found.adapters)} adapters, {found.chats} answers"
    )


def _never() -> float:
    return 10 * 365 * 86_400.0


def _announce(found: HostHealth, *, json: bool) -> None:
    if json:
        output.show_json(found)
        sys.stdout.flush()
        return
    output.show(
        output.facts(
            {
                "Model": f"{found.model} ({found.parameters / 1e6:.1f} M parameters, {found.dtype})",
                "Device": found.device,
                "Context": f"{found.context_length} tokens, {found.kv_bytes_per_token} bytes of KV-cache each",
                "Process": found.pid,
                "Memory": f"{found.memory_bytes >> 20} MiB",
            }
        )
    )
    output.show(Text("Ctrl-C stops it."))
