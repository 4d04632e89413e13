"""Files of memories, out and in: exports, bundles, and what these say of rights: told always, applied on request only, by who may grant."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from memos_graph.errors import FormatError, InputError
from memos_graph.exchange.bundle.encryption import encrypted
from memos_graph.exchange.bundle.reading import BundleReader
from memos_graph.exchange.bundle.records import GrantRecord, grants
from memos_graph.exchange.loading.report import Loaded, OnConflict
from memos_graph.exchange.loading.sorting import LoadOrder
from memos_graph.governance import Action
from memos_graph.kit.clock import now
from memos_graph.kit.crypto.signatures import public_key
from memos_graph.memory.permissions import Permissions
from memos_graph.memory.refusing import recording
from memos_graph.search.selection import Selection
from memos_graph.services import Services


@recording
class SpaceFiles:
    """What leaves one space in a file, and what comes in by one."""

    _services: Services
    space: str
    principal: str

    def export(self, selection: Selection | None = None, *, level: str | None = "whole") -> Iterator[str]:
        """Yield memories as lines of JSON with their owner's mark; see ``Exporter.lines``. Default: the whole space."""
        return self._services.exporter.lines(
            selection or Selection(), space=self.space, principal=self.principal, level=level
        )

    def dump(
        self,
        selection: Selection | None = None,
        *,
        content_only: bool = False,
        recipients: Sequence[str] = (),
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[bytes]:
        """Yield the pieces of a signed bundle of memories; see ``Dumper.pieces``. Default: the whole space.

        ``recipients`` who alone can open it, each ``age1…`` or a public SSH key; default: it is not encrypted.
        """
        pieces = self._services.dumper.pieces(
            selection or Selection(),
            space=self.space,
            principal=self.principal,
            content_only=content_only,
            progress=progress,
        )
        return encrypted(pieces, recipients) if recipients else pieces

    def load(
        self,
        file: str | Path | bytes,
        *,
        conflicts: OnConflict | str = OnConflict.KEEP,
        names: Mapping[str, str] | None = None,
        grant: bool = False,
        dry_run: bool = False,
        key: str | None = None,
        identity: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Loaded:
        """Load a bundle, a file or its bytes, into this space; the same again goes on where it was, and loads nothing twice.

        * ``conflicts`` what becomes of memories that are here and say something else: see ``OnConflict``.
        * ``names`` who is called how here, of those the bundle names. ``grant``: what the bundle says was granted or denied to them
          is granted and denied here, as far as this principal may.
        * ``dry_run`` says what would be done. ``key`` the public key, PEM, that it must be signed with; default: any.
        * ``identity`` secret keys of one of its recipients, as text, where it is encrypted.
        * Raises ``FormatError`` for what is no bundle and ``ForbiddenError`` without the right to write, before anything is written.
        """
        return _load(
            self._services,
            file,
            LoadOrder(self.space, self.principal, _rule(conflicts), dict(names or {}), dry_run),
            grant=grant,
            key=key,
            identity=identity,
            progress=progress,
        )


def _load(
    services: Services,
    file: str | Path | bytes,
    order: LoadOrder,
    *,
    grant: bool,
    key: str | None,
    identity: str | None,
    progress: Callable[[int], None] | None,
) -> Loaded:
    wanted = None if key is None else public_key(key)
    if grant:
        services.governance.require(order.space, order.principal, Action.SHARE)
    try:
        bundle = BundleReader(file if isinstance(file, bytes) else Path(file), key=wanted, identity=identity)
    except OSError as error:
        raise FormatError(f"{file!r} can't be read: {error.strerror}.", hint="Check its path.") from error
    with bundle:
        loaded = services.loader.load(bundle, order, progress=progress)
        if not grant or order.dry_run:
            return loaded
        permissions = Permissions(services, principal=order.principal, space=order.space)
        applied = sum(_apply(services, permissions, order, each) for each in _mapped(bundle, order))
        return loaded.model_copy(update={"granted": applied})


def _rule(given: OnConflict | str) -> OnConflict:
    """Return the rule of that name; raises ``InputError`` for any other."""
    if given not in list(OnConflict):
        raise InputError(f"'{given}' is not a rule for conflicts.", hint=f"Use {', '.join(OnConflict)}.")
    return OnConflict(given)


def _mapped(bundle: BundleReader, order: LoadOrder) -> Iterator[GrantRecord]:
    """Yield what is about those whom somebody named: who else has the same name here may be anybody."""
    for each in grants(bundle):
        if each.principal in order.names and (each.ends is None or each.ends > now()):
            yield each.model_copy(update={"principal": order.names[each.principal]})


def _apply(services: Services, permissions: Permissions, order: LoadOrder, told: GrantRecord) -> bool:
    """Grant or deny one thing here, too; ``False`` where it is about a memory that was not loaded."""
    cube = None
    if told.cube is not None:
        known = services.runner.read("load/known", space=order.space, ids=[told.cube])
        if not known:
            return False
        cube = known[-1]["id"]
    if told.denied:
        permissions.deny(told.principal, told.actions, cube=cube, reason=told.reason, expires_at=told.ends)
        return True
    purposes = told.purposes
    permissions.grant(
        told.principal,
        told.actions,
        cube=cube,
        topic=told.topic,
        purposes=purposes,
        sees=told.sees,
        expires_at=told.ends,
    )
    return True
