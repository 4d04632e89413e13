"""Commands of declared verbs: made from what ``memos_graph.verbs`` says of each, and shown by the type of what it gives."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, Signature
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import typer
from annotated_types import Ge, Le
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from memos_graph.acting import Acting
from memos_graph.cli import options, output
from memos_graph.cli.session import session
from memos_graph.cli.shown import show
from memos_graph.errors import InputError
from memos_graph.verbs.declaring import Command, On, Verb
from memos_graph.verbs.kinds import ValueType, kind_of

_SHORT = {"reason": ("--reason", "-m"), "limit": ("--limit", "-n"), "tags": ("--tag", "-t")}
_ONE, _MANY = "cube", "cubes"


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

    def run(*, as_: str | None, json: bool, space: str | None = None, **given: Any) -> None:
        with session(as_) as acting:
            values = {name: _whole(acting, fields[name], value) for name, value in given.items()}
            done = verb.run(acting.mount(space) if verb.on is On.SPACE else acting, _checked(verb, values))
        if json:
            output.show_json(done)
        else:
            show(verb.gives, done)

    ordered = [*positional, *(name for name in fields if name not in positional)]
    parameters = [_parameter(verb, command, name, positional=name in positional) for name in ordered]
    shared = [
        *([_option("space", options.SpaceName, None)] if verb.on is On.SPACE else []),
        _option("as_", options.As, None),
        _option("json", options.Json, default=False),
    ]
    run.__signature__ = Signature([*parameters, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in (*parameters, *shared)}
    run.__doc__ = verb.about + (f"\n\n\b\n{command.example}\n" if command.example else "")
    return run


def _parameter(verb: Verb[Any, Any], command: Command, name: str, *, positional: bool) -> Parameter:
    field = verb.takes.model_fields[name]
    kind, told = kind_of(field), field.description
    default = Parameter.empty if field.is_required() else field.default
    called = command.called.get(name)
    if positional:
        called = called or _called(name, kind)
        about = typer.Argument(
            metavar=called if field.is_required() else f"[{called}]",
            help=options.ID_HELP if name == _ONE and verb.on is On.CUBES else told,
        )
        annotation: Any = list[str] if kind in {ValueType.CUBES, ValueType.TEXTS} else _plain(field.annotation)
    else:
        spelt = _SHORT.get(name, (f"--{name.replace('_', '-')}",))
        metavar = called or ("ID" if kind in {ValueType.CUBE, ValueType.CUBES} else None)
        about = typer.Option(*spelt, metavar=metavar, help=told, min=_bound(field, Ge), max=_bound(field, Le))
        annotation = _plain(field.annotation)
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=Annotated[annotation, about], default=default)


def _called(name: str, kind: ValueType) -> str:
    if name == _ONE:
        return "ID"
    return "ID ID..." if name == _MANY and kind is ValueType.CUBES else name.upper()


def _bound(field: FieldInfo, kind: type[Ge | Le]) -> Any:
    return next((next(iter(vars(each).values())) for each in field.metadata if isinstance(each, kind)), None)


def _option(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _plain(annotation: Any) -> Any:
    """Return the type as Typer reads it: without what pydantic alone understands."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        first = next(each for each in get_args(annotation) if each is not NoneType)
        return _plain(first) | None
    if get_origin(annotation) is tuple:
        return list[_plain(get_args(annotation)[0])] | None  # type: ignore[misc]
    return annotation


def _whole(acting: Acting, field: FieldInfo, value: Any) -> Any:
    """Return a value with ids in full, where people gave their beginnings."""
    if value is None:
        return field.default if not field.is_required() else value
    kind = kind_of(field)
    if kind is ValueType.CUBE:
        return acting.ids.cube(value)
    return acting.ids.cubes(value) if kind is ValueType.CUBES else value


def _checked(verb: Verb[Any, Any], values: Mapping[str, Any]) -> Any:
    try:
        return verb.takes(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(each) for each in first["loc"][:1])
        raise InputError(f"{where}: {first['msg']}.") from error
