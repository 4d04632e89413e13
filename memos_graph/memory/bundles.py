"""Bundles as the memory API takes them, with what they say of rights: told always, applied on request only, by who may grant."""

from collections.abc import Callable, Iterator
from pathlib import Path

from memos_graph.errors import FormatError, InputError
from memos_graph.exchange.bundle.reading import BundleReader
from memos_graph.exchange.bundle.records import GrantRecord, grants
from memos_graph.exchange.loading.report import Loaded, OnConflict
from memos_graph.exchange.loading.sorting import LoadOrder
from memos_graph.governance import Action
from memos_graph.kit.clock import now
from memos_graph.kit.crypto.signatures import public_key
from memos_graph.memory.permissions import Permissions
from memos_graph.services import Services


def load(
    services: Services,
    permissions: Permissions,
    file: str | Path | bytes,
    order: LoadOrder,
    *,
    grant: bool,
    key: str | None,
    progress: Callable[[int], None] | None,
) -> Loaded:
    """Load a bundle; see ``MemoryApi.load``."""
    wanted = None if key is None else public_key(key)
    if grant:
        services.governance.require(order.space, order.principal, Action.SHARE)
    try:
        bundle = BundleReader(file if isinstance(file, bytes) else Path(file), key=wanted)
    except OSError as error:
        raise FormatError(f"{file!r} can't be read: {error.strerror}.", hint="Check its path.") from error
    with bundle:
        loaded = services.loader.load(bundle, order, progress=progress)
        if not grant or order.dry_run:
            return loaded
        applied = sum(_apply(services, permissions, order, each) for each in _mapped(bundle, order))
        return loaded.model_copy(update={"granted": applied})


def conflict_rule(given: OnConflict | str) -> OnConflict:
    """Return the rule of that name; raises ``InputError`` for any other."""
    if given not in list(OnConflict):
        raise InputError(f"'{given}' is no rule for conflicts.", hint=f"Use {', '.join(OnConflict)}.")
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
