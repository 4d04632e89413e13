"""``memos dump``, ``memos load`` and ``memos mip verify``: memories in one signed file, out, in, and checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from memos_graph.cli import options, output
from memos_graph.cli.exports import written
from memos_graph.cli.interrupts import INTERRUPTED, held_back
from memos_graph.cli.payloads import Concepts, Cubes, Sources, Topics, selection_of
from memos_graph.cli.session import session
from memos_graph.errors import InputError
from memos_graph.exchange.bundle import layout
from memos_graph.exchange.bundle.encryption import new_identity, read_identity
from memos_graph.exchange.bundle.reading import BundleReader
from memos_graph.exchange.bundle.records import checked
from memos_graph.exchange.loading.report import Loaded, OnConflict
from memos_graph.kit.crypto.signatures import public_key
from memos_graph.kit.files import write_once

_mip = typer.Typer(help="The Memory Interchange Protocol: bundles as docs/mip.md specifies them.", no_args_is_help=True)
Signer = Annotated[
    Path | None, typer.Option("--key", metavar="FILE", help="The public key it must be signed with. Default: any.")
]

Opener = Annotated[
    Path | None,
    typer.Option("--identity", metavar="FILE", help="The secret key of one of its recipients, where it is encrypted."),
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(dump)
    app.command()(load)
    app.add_typer(_mip, name="mip")


def dump(
    space: Annotated[str, typer.Argument(metavar="SPACE", help="OWNER/NAME.")],
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle to write, mode 0600.")],
    concept: Concepts = None,
    topic: Topics = None,
    source: Sources = None,
    cube: Cubes = None,
    search: Annotated[
        str | None, typer.Option(metavar="QUESTION", help="What a search for it finds; --limit says how much.")
    ] = None,
    limit: options.Limit = 10,
    content_only: Annotated[bool, typer.Option("--content-only", help="Without grants, policies and the log.")] = False,
    recipient: Annotated[
        list[str] | None,
        typer.Option(
            "--recipient",
            metavar="KEY",
            help="Who alone can open it: age1…, or a public SSH key; may be repeated. Default: anybody.",
        ),
    ] = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Write memories with versions, provenance and states to one signed file; without a selection, the whole space.

    \b
    memos dump alice/notes notes.memcube
    memos dump alice/notes pottery.memcube --topic pottery --content-only
    memos mip verify notes.memcube
    memos dump alice/notes notes.memcube.age --recipient age1…      only for who has its secret key (memos mip keygen)

    It holds what you may read, as you see it. The same memories give the same bytes again.
    """  # noqa: D301
    count = size = 0
    with session(as_, embeds=search is not None) as acting:
        memory = acting.mount(space)
        cubes = acting.ids.cubes(cube)
        if search is not None:
            cubes = (*cubes, *(hit.cube.id for hit in memory.search(search, limit=limit).hits))
            if not cubes:
                raise InputError(f"Nothing in '{space}' answers this.", hint="Ask in other words.")

        with _progress(to.name) as tell:

            def counted(done: int) -> None:
                nonlocal count
                count = done
                tell(done)

            pieces = memory.dump(
                selection_of(cubes, source, concept, topic),
                content_only=content_only,
                recipients=recipient or (),
                progress=counted,
            )
            with written(to) as file:
                for piece in pieces:
                    file.write(piece)
                    size += len(piece)
    output.done(
        {"file": str(to), "memories": count, "bytes": size},
        f"{to}: {count} memories and facts, {size:,} bytes.",
        json=json,
    )


def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A bundle.")],
    space: options.SpaceName = None,
    conflicts: Annotated[
        OnConflict,
        typer.Option(
            help="Memories that are here and say something else: keep them, give them the bundle's text as a new version, replace "
            "their terms with it, too, list them, or merge both histories as devices in step do."
        ),
    ] = OnConflict.KEEP,
    names: Annotated[
        list[str] | None, typer.Option("--map", metavar="THERE=HERE", help="Who is called how here; may be repeated.")
    ] = None,
    grant: Annotated[
        bool, typer.Option("--grant", help="Grant and deny here, too, what the bundle says of those named by --map.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    key: Signer = None,
    identity: Opener = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Load the memories of a bundle into a space; the same again goes on where it was, and loads nothing twice.

    \b
    memos load notes.memcube --space bob/notes --dry-run
    memos load notes.memcube --space bob/notes --conflicts version --map alice=bob

    What was deleted or erased here does not come back. Rights in the bundle are told, and applied with --grant only. With
    --conflicts ask, the exit code is 1 while something is to be decided.
    """  # noqa: D301
    pem = None if key is None else key.read_text(encoding="utf-8")
    secret = None if identity is None else read_identity(identity)
    with session(as_, embeds=not dry_run) as acting, _progress(file.name) as tell, held_back() as stop_if_asked:

        def told(done: int) -> None:
            tell(done)
            stop_if_asked()

        try:
            loaded = acting.mount(space).load(
                file,
                conflicts=conflicts,
                names=_pairs(names),
                grant=grant,
                dry_run=dry_run,
                key=pem,
                identity=secret,
                progress=told,
            )
        except KeyboardInterrupt:
            output.failure("interrupted", "Interrupted.", "The same command again loads the rest.", as_json=json)
            raise typer.Exit(INTERRUPTED) from None
    if json:
        output.show_json(loaded)
    else:
        _show_loaded(loaded)
    if conflicts is OnConflict.ASK and loaded.kept:
        raise typer.Exit(1)


def _pairs(names: list[str] | None) -> dict[str, str]:
    pairs = {}
    for each in names or ():
        there, between, here = each.partition("=")
        if not (there and between and here):
            raise InputError(f"'{each}' does not say who is called how here.", hint="Write --map alice=bob.")
        pairs[there] = here
    return pairs


def _show_loaded(loaded: Loaded) -> None:
    counts = loaded.model_dump(exclude={"conflicts", "rejected", "redacted", "dry_run", "content"})
    output.show(output.facts({name: value for name, value in counts.items() if value}))
    for conflict in loaded.conflicts:
        output.note(f"{conflict.id} ({conflict.cube or 'not told'}): {conflict.did}")
    for each in loaded.rejected:
        output.note(f"{each.excerpt}: {each.reason}")
    if loaded.redacted:
        output.note("Some of its texts were masked when it was dumped, and are masked here.")
    if loaded.dry_run:
        output.note("This is what would be done; nothing was written.")


@contextmanager
def _progress(name: str) -> Iterator[layout.Told]:
    with output.progress_bar() as bar:
        task = None if bar is None else bar.add_task(name, total=None, state="")

        def tell(done: int) -> None:
            if bar is not None and task is not None:
                bar.update(task, completed=done, state=f"{done}")

        yield tell


@_mip.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A bundle.")],
    key: Signer = None,
    identity: Opener = None,
    json: options.Json = False,
) -> None:
    """Tell whether a bundle is whole and as it was signed. Needs no database. Exits with 1 for one that is not.

    \b
    memos mip verify notes.memcube --key owner.pem
    """  # noqa: D301
    signer = None if key is None else public_key(key.read_text(encoding="utf-8"))
    with BundleReader(file, key=signer, identity=None if identity is None else read_identity(identity)) as bundle:
        checked(bundle)
        manifest = bundle.manifest
        held = {kind: bundle.count(kind) for kind in layout.KINDS if kind in manifest.capabilities}
        told = {
            "file": str(file),
            "version": manifest.version,
            "level": manifest.level,
            "space": manifest.space,
            "signer": bundle.signer,
            "content": manifest.content,
            "redacted": manifest.redacted,
            **held,
        }
    if json:
        output.show_json(told)
    else:
        output.show(output.facts({**told, "redacted": "yes" if manifest.redacted else "no"}))


@_mip.command("keygen")
def keygen(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where the secret key is kept, mode 0600; it must not be there yet.")
    ],
    json: options.Json = False,
) -> None:
    """Make a secret key, and print its recipient: who dumps for that makes bundles which this key alone opens.

    \b
    memos mip keygen bob.key
    """  # noqa: D301
    secret, recipient = new_identity()
    if file.exists():
        raise InputError(
            f"{file} is there already.",
            hint="Name a file that is not: what is encrypted for an old key needs that one.",
        )
    write_once(file, f"# public key: {recipient}\n{secret}\n".encode())
    output.done({"file": str(file), "recipient": recipient}, recipient, json=json)
