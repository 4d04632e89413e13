"""Commands of declared verbs: made from what ``memos_graph.verbs`` says of each, and shown by the type of what it gives."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from inspect import Parameter, Signature
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import typer
from annotated_types import Ge, Le
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from memos_graph.acting import Acting
from memos_graph.cli import options, output
from memos_graph.cli.session import asked, session
from memos_graph.cli.shown import show
from memos_graph.cli.shown.looking import Call
from memos_graph.errors import InputError
from memos_graph.kit.moments import utc
from memos_graph.verbs.declaring import Command, On, Verb
from memos_graph.verbs.fields import LARGEST
from memos_graph.verbs.kinds import ValueType, kind_of

_SPELT = {
    "reason": ("--reason", "-m"),
    "limit": ("--limit", "-n"),
    "tags": ("--tag", "-t"),
    "purposes": ("--purpose",),
    "cubes": ("--cube",),
    "sources": ("--source",),
    "concepts": ("--concept", "-c"),
    "topics": ("--topic",),
    "namespace": ("--namespace", "-N"),
    "new_namespace": ("--new-namespace",),
    "indexed": ("--indexed",),
}
_ONE = "cube"
_SEVERAL = {ValueType.CUBES, ValueType.TEXTS}
_METAVARS = {ValueType.CUBE: "ID", ValueType.CUBES: "ID", ValueType.OBJECT: "JSON"}


def register(app: typer.Typer, verbs: Sequence[Verb[Any, Any]], groups: Mapping[str, typer.Typer]) -> None:
    """Add the command of each of ``verbs`` that has one; ``groups`` are those of several words, by the first of them."""
    for verb in verbs:
        if verb.command is not None:
            group, _, name = (verb.command.name or verb.name).rpartition(" ")
            (groups[group] if group else app).command(name)(made(verb, verb.command))


def made(verb: Verb[Any, Any], command: Command) -> Callable[..., None]:
    """Return the function that Typer makes the command of."""
    fields = verb.takes.model_fields
    positional = command.positional or ((_ONE,) if _ONE in fields and verb.on is On.CUBES else ())

    def run(*, as_: str | None, json: bool, yes: bool = False, **given: Any) -> None:
        with session(as_, embeds=command.embeds) as acting:
            memory = acting.mount(given.pop("space")) if verb.on is On.SPACE else None
            values = {name: _whole(acting, fields[name], value) for name, value in given.items()}
            call = Call(_checked(verb, values), memory.space if memory else None)
            if command.asks and not yes:
                output.agree(command.asks.format(**values))
            done = verb.run(memory or acting, call.given)
        show(verb.gives, done, call, json=json)

    left_out = {*positional, *command.without}
    ordered = [*positional, *(name for name in fields if name not in left_out)]
    parameters = [(_argument if name in positional else _named)(verb, command, name) for name in ordered]
    shared = [
        *([_option("yes", options.Yes, default=False)] if command.asks else []),
        *([_option("space", options.SpaceName, None)] if verb.on is On.SPACE else []),
        _option("as_", options.As, None),
        _option("json", options.Json, default=False),
    ]
    run.__signature__ = Signature([*parameters, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in (*parameters, *shared)}
    example = f"\b\n{command.example}" if command.example else ""
    run.__doc__ = "\n\n".join(filter(None, (verb.about, example, command.more)))
    return run


def _argument(verb: Verb[Any, Any], command: Command, name: str) -> Parameter:
    """Return the parameter of what is given without its name."""
    field = verb.takes.model_fields[name]
    called, several = command.called.get(name) or _called(name, kind_of(field)), kind_of(field) in _SEVERAL
    about = typer.Argument(
        metavar=f"[{called}]" if called and not field.is_required() else called,
        help=options.ID_HELP if name == _ONE and verb.on is On.CUBES else _told(field),
    )
    plain = list[_plain(get_args(field.annotation)[0])] if several else _plain(field.annotation)  # type: ignore[misc]
    return _keyword(name, field, plain, about)


def _told(field: FieldInfo) -> str:
    """Return what its help says of it, with a default that Typer does not show."""
    default = field.get_default() if kind_of(field) in _SEVERAL and not field.is_required() else ()
    return (field.description or "") + (f" Default: {', '.join(default)}." if default else "")


def _called(name: str, kind: ValueType) -> str | None:
    if name == _ONE:
        return "ID"
    if kind in _SEVERAL:
        return "ID ID..." if kind is ValueType.CUBES else None
    return name.upper()


def _named(verb: Verb[Any, Any], command: Command, name: str) -> Parameter:
    """Return the parameter of an option."""
    field = verb.takes.model_fields[name]
    kind, told = kind_of(field), field.description or ""
    spelt = (command.spelt[name],) if name in command.spelt else _SPELT.get(name, (f"--{name.replace('_', '-')}",))
    if kind is ValueType.MOMENT:
        return _keyword(name, field, datetime | None, options.moment(spelt[0], told.rstrip(".")))
    about = typer.Option(
        *spelt,
        metavar=command.called.get(name) or _METAVARS.get(kind),
        help=f"{told.rstrip('.')}; may be repeated." if kind in _SEVERAL else told,
        min=_bound(field, Ge),
        max=_bound(field, Le),
    )
    return _keyword(name, field, _plain(field.annotation), about)


def _keyword(name: str, field: FieldInfo, plain: Any, about: Any) -> Parameter:
    several = kind_of(field) in _SEVERAL
    default = Parameter.empty if field.is_required() else None if several else field.default
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=Annotated[plain, about], default=default)


def _bound(field: FieldInfo, kind: type[Ge | Le]) -> Any:
    """Return the least or the most that a number may be; none where that is only what JSON can hold."""
    marks = [*field.metadata, *(mark for part in get_args(field.annotation) for mark in _marks(part))]
    bounds = (getattr(mark, kind.__name__.lower()) for mark in marks if isinstance(mark, kind))
    return next((each for each in bounds if each != LARGEST), None)


def _marks(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from FieldInfo.from_annotation(annotation).metadata


def _option(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _plain(annotation: Any) -> Any:
    """Return the type as Typer reads it: without what pydantic alone understands."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        first = next(each for each in get_args(annotation) if each is not NoneType)
        return _plain(first) | None
    if get_origin(annotation) is dict:
        return str  # JSON, which ``_whole`` reads
    if get_origin(annotation) is tuple:
        return list[_plain(get_args(annotation)[0])] | None  # type: ignore[misc]
    return annotation


def _whole(acting: Acting, field: FieldInfo, value: Any) -> Any:
    """Return a value with ids in full, where people gave their beginnings."""
    if value is None or value == []:
        return field.default if not field.is_required() else value
    kind = kind_of(field)
    if kind is ValueType.CUBE:
        return acting.ids.cube(value)
    if kind is ValueType.MOMENT:
        return utc(value)
    if kind is ValueType.OBJECT:
        return options.json_object(value, "What is given")
    return acting.ids.cubes(value) if kind is ValueType.CUBES else value


def _checked(verb: Verb[Any, Any], values: Mapping[str, Any]) -> Any:
    try:
        return verb.takes(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(each) for each in first["loc"][:1])
        raise InputError(f"{where}: {first['msg']}.", hint=f"See `{asked.get()} --help`.") from error
