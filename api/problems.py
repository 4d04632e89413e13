"""Errors as problem details (RFC 9457): one table from an error's code to its HTTP status."""

import json
import logging
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from memos_graph.api.mcp_errors import METADATA, mcp_error, speaks_mcp
from memos_graph.api.mcp_errors import PATH as MCP
from memos_graph.api.mem0.errors import MEDIA_TYPE as PLAIN_JSON
from memos_graph.api.mem0.errors import mem0_error, speaks_mem0
from memos_graph.api.openai_errors import OpenAIError, blamed, openai_error, retry_headers, speaks_openai
from memos_graph.errors import (
    AccessError,
    DeclarationError,
    FormatError,
    LimitError,
    MemosError,
    PipelineError,
    PolicyFileError,
    RemoteBusyError,
    RemoteModelError,
    VersionConflictError,
)

MEDIA_TYPE = "application/problem+json"
_MOST_FINDINGS = 5
_log = logging.getLogger("memos_graph.api")

PROBLEMS: dict[str, tuple[int, str]] = {
    "input-invalid": (422, "The input can't be used"),
    "format-invalid": (422, "The source could not be read"),
    "pipeline-invalid": (422, "The pipeline's declaration can't be run"),
    "embedding-dimension-wrong": (422, "The embedding has the wrong width"),
    "state-conflict": (409, "The memory's state does not allow this"),
    "id-conflict": (409, "The id is taken by other content"),
    "policy-invalid": (422, "The policy has problems"),
    "policy-refused": (422, "The space's policy does not allow it"),
    "limit-reached": (429, "Too much at once"),
    "quota-exceeded": (429, "A quota of the space's policy is used up"),
    "unauthenticated": (401, "No valid API key"),
    "access-refused": (403, "Access refused"),
    "forbidden": (403, "Not allowed"),
    "not-found": (404, "Not found"),
    "version-conflict": (409, "Somebody else updated it first"),
    "cube-frozen": (409, "The memory is frozen"),
    "job-lost": (409, "Another worker has the job, or it was cancelled"),
    "pipeline-failed": (409, "A step of the pipeline failed"),
    "bad-request": (400, "The request could not be read"),
    "method-not-allowed": (405, "Method not allowed"),
    "too-large": (413, "The request body is too large"),
    "precondition-failed": (412, "Somebody else updated it first"),
    "disk-full": (507, "No disk space left"),
    "database-unavailable": (503, "The database does not answer"),
    "database-auth-failed": (503, "The database refused the service"),
    "transaction-timed-out": (503, "The transaction took too long"),
    "database-error": (500, "The database refused the act"),
    "schema-invalid": (503, "The database is not ready"),
    "store-version-unsupported": (503, "The database is not ready"),
    "engine-failed": (503, "The database does not run"),
    "engine-download-failed": (503, "The database does not run"),
    "engine-start-failed": (503, "The database does not run"),
    "audit-unavailable": (503, "The act can't be recorded, so it is refused"),
    "service-unavailable": (502, "Another service does not answer"),
    "memory-altered": (409, "The memory was changed outside memos-graph"),
    "process-forked": (500, "The service was forked wrongly"),
    "model-unavailable": (503, "A model does not answer"),
    "model-host-unavailable": (503, "The model host is unavailable"),
    "remote-model-failed": (502, "The remote model failed"),
    "remote-model-busy": (503, "The remote model has no time"),
    "payload-invalid": (500, "A stored payload can't be used"),
    "vault-failed": (503, "The place that keeps payloads failed"),
    "configuration-invalid": (500, "The service is set up wrongly"),
    "memos-error": (500, "The service failed"),
    "internal": (500, "The service failed"),
}
"""Every problem code with its HTTP status and title; a test holds it to errors.py."""

_HTTP = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}
_SERVER_SIDE, _UNUSABLE, _BAD_REQUEST = 500, 422, 400


class PlacedProblem(BaseModel):
    """One problem of a policy, and where it is."""

    line: int = Field(description="1-based.")
    column: int = Field(description="1-based.")
    message: str


class Problem(BaseModel):
    """A problem detail (RFC 9457)."""

    type: str = Field(description="A URN made of the code.", examples=["urn:memos-graph:problem:not-found"])
    title: str = Field(description="The same for every problem of this code.", examples=["Not found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    code: str = Field(description="Stable; what a program tells problems apart by.", examples=["not-found"])
    detail: str = Field(description="What happened, to what.", examples=["There is no memory 'x' to read."])
    hint: str | None = Field(default=None, description="What to do next, if there is something.")
    request_id: str = Field(description="Under which the service's own log has this call.")
    line: int | None = Field(default=None, description="1-based line of a source that is to blame.")
    column: int | None = Field(default=None, description="1-based column of that line, in a pipeline's declaration.")
    problems: tuple[PlacedProblem, ...] | None = Field(
        default=None, description="On a policy that can't be read: each of its problems, in the order of the file."
    )
    run: str | None = Field(
        default=None, description="On a pipeline that failed: its run, which can be looked at and resumed."
    )
    error: OpenAIError = Field(description="The same as OpenAI's clients read it.")
    current_version: int | None = Field(default=None, description="On a version conflict: the version that stands now.")


def documented(*statuses: int, body: bool = False) -> dict[int | str, dict[str, Any]]:
    """Return the problem responses of a route for its OpenAPI entry: ``statuses``, and those every route has.

    With ``body`` also those of a body that is too large or can't be read.
    """
    titles = dict(reversed(PROBLEMS.values()))  # the first in the table names a status
    every = {401, 403, 422, 429, 503} | ({400, 413} if body else set())
    return {status: {"model": Problem, "description": titles[status]} for status in sorted({*every, *statuses})}


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem detail."""
    app.add_exception_handler(MemosError, _on_memos_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


def response(
    code: str,
    detail: str,
    request_id: str,
    *,
    path: str = "",
    param: str | None = None,
    hint: str | None = None,
    headers: dict[str, str] | None = None,
    **members: object,
) -> Response:
    """Return the problem of ``code`` as a response; members that are ``None`` are left out.

    ``path`` that was asked for: OpenAI's API has other words for some problems. ``param`` the field that is to blame.
    """
    theirs = speaks_openai(path)
    if theirs:
        headers = {**retry_headers(code), **(headers or {})}
    told = _problem(code, detail, request_id, hint=hint, param=param, theirs=theirs, **members)
    # ASCII: what is echoed of a bad request may hold lone surrogates, which UTF-8 can't.
    status, media_type = told["status"], MEDIA_TYPE
    if speaks_mem0(path):
        status, media_type = _BAD_REQUEST if status == _UNUSABLE else status, PLAIN_JSON
        told = mem0_error(told)
    if speaks_mcp(path):
        media_type, told = PLAIN_JSON, mcp_error(told)
    return Response(json.dumps(told, ensure_ascii=True), status_code=status, media_type=media_type, headers=headers)


def _problem(
    code: str,
    detail: str,
    request_id: str,
    *,
    hint: str | None = None,
    param: str | None = None,
    theirs: bool = False,
    **members: object,
) -> dict[str, Any]:
    status, title = PROBLEMS[code]
    if theirs and status == _UNUSABLE:
        status = _BAD_REQUEST
    problem = Problem.model_validate(
        {
            "type": f"urn:memos-graph:problem:{code}",
            "title": title,
            "status": status,
            "code": code,
            "detail": detail,
            "request_id": request_id,
            "hint": hint,
            "error": openai_error(code, status, detail, hint, param=param, theirs=theirs),
            **members,
        }
    )
    return problem.model_dump(exclude_none=True) | {"error": problem.error.model_dump()}


def limited(error: LimitError, request_id: str, path: str) -> Response:
    """Return the answer to a request whose turn will not come soon."""
    headers = {"Retry-After": str(ceil(error.retry_after))}
    return response(error.code, error.message, request_id, path=path, hint=error.hint, headers=headers)


def unexpected(request_id: str, path: str = "") -> Response:
    """Return the answer to an exception nobody foresaw: nothing of it leaves the service."""
    return response("internal", "The service failed; its own log has the cause.", request_id, path=path)


def challenge(request: Request) -> str:
    """Return how to sign in; to who asks for MCP, where it is said which issuer does it (RFC 9728)."""
    path = request.url.path
    if request.app.state.issuer is None or not (path == MCP or path.startswith(f"{MCP}/")):
        return "Bearer"
    return f'Bearer resource_metadata="{str(request.base_url).rstrip("/")}{METADATA}{path}"'


def _on_memos_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, MemosError):
        raise error
    code = error.code
    if isinstance(error, VersionConflictError) and "if-match" in request.headers:
        code = "precondition-failed"
    if isinstance(error, AccessError):
        _record(request, error)
    detail, hint = told(error, code, request.state.request_id)
    headers = {"WWW-Authenticate": challenge(request)} if code == "unauthenticated" else {}
    if isinstance(error, LimitError):
        headers["Retry-After"] = str(ceil(error.retry_after))
    if isinstance(error, RemoteBusyError) and error.retry_after is not None:
        headers["Retry-After"] = str(ceil(error.retry_after))
    return response(
        code,
        detail,
        request.state.request_id,
        path=request.url.path,
        headers=headers,
        hint=hint,
        line=error.line if isinstance(error, (FormatError, PolicyFileError)) else None,
        column=error.column if isinstance(error, DeclarationError) else None,
        problems=[each._asdict() for each in error.problems] if isinstance(error, PolicyFileError) else None,
        run=error.run if isinstance(error, PipelineError) else None,
        current_version=error.current if isinstance(error, VersionConflictError) else None,
    )


def told(error: MemosError, code: str, request_id: str) -> tuple[str, str | None]:
    """Return what is told of an error, and the hint."""
    status, title = PROBLEMS[code]
    if isinstance(error, RemoteModelError):
        _log.warning("request %s: %s: %s", request_id, code, error)
        return error.message, error.hint
    if status < _SERVER_SIDE:
        return error.message, error.hint
    # The message may name files, statements or addresses of the server: they stay in its log.
    _log.error("request %s: %s: %s", request_id, code, error)
    return f"{title}.", "Try again later; whoever runs the service finds the cause in its log."


def in_stream(request: Request, error: Exception) -> OpenAIError:
    """Return an error as it is told inside a stream of a chat completion, whose status line is gone."""
    request_id = request.state.request_id
    if not isinstance(error, MemosError):
        _log.error("request %s failed while its answer was streamed", request_id, exc_info=error)
        return openai_error("internal", _SERVER_SIDE, "The service failed; its own log has the cause.", None)
    if isinstance(error, AccessError):
        _record(request, error)
    detail, hint = told(error, error.code, request_id)
    return openai_error(error.code, PROBLEMS[error.code][0], detail, hint, theirs=True)


def in_lines(request: Request, error: Exception) -> dict[str, Any]:
    """Return the problem of an error as it is told in the last of the lines of an answer, whose status line is gone."""
    return _recorded(request, error, "failed while its answer was streamed")


def on_page(request: Request, error: Exception) -> dict[str, Any]:
    """Return the problem of an error as a page of the console tells it."""
    return _recorded(request, error, "failed")


def _recorded(request: Request, error: Exception, how: str) -> dict[str, Any]:
    request_id = request.state.request_id
    if not isinstance(error, MemosError):
        _log.error("request %s %s", request_id, how, exc_info=error)
        return _problem("internal", "The service failed; its own log has the cause.", request_id)
    if isinstance(error, AccessError):
        _record(request, error)
    detail, hint = told(error, error.code, request_id)
    return _problem(error.code, detail, request_id, hint=hint)


def named_space(request: Request) -> str | None:
    """Return the space, or the memory or run of one, that a request's path names; none for none."""
    named = request.path_params
    if "owner" in named and "name" in named and "/spaces/" in request.url.path:
        return f"{named['owner']}/{named['name'].replace('~', '/')}"
    return named.get("cube") or named.get("memory") or named.get("run")


def _record(request: Request, error: AccessError) -> None:
    """Record what was refused to whom, once it is known who asked."""
    principal = getattr(request.state, "principal", None)
    if principal is None:
        return
    asked = f"{request.method} {getattr(request.scope.get('route'), 'path_format', request.url.path)}"
    request.app.state.memos.record_refusal(error, principal, asked)


def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    findings = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    detail = "; ".join(finding[:200] for finding in findings[:_MOST_FINDINGS])
    if len(findings) > _MOST_FINDINGS:
        detail += f"; and {len(findings) - _MOST_FINDINGS} more"
    hint, param, path = "GET /openapi.json describes what every call takes.", None, request.url.path
    if speaks_openai(path) and (found := blamed(error.errors())):
        param, said = found
        detail = said or detail
    return response("input-invalid", detail, request.state.request_id, path=path, param=param, hint=hint)


def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code = _HTTP.get(error.status_code, "bad-request")
    headers = dict(error.headers) if error.headers else None
    path, hint = request.url.path, None
    if code == "not-found" and getattr(request.scope.get("route"), "path", None) is None and path.startswith("/v1/"):
        hint = "GET /openapi.json lists every call; of OpenAI's API there are /v1/chat/completions and /v1/models."
    if code == "not-found" and speaks_mem0(path):
        hint = "docs/mem0.md lists the calls of mem0 that are answered here."
    return response(code, str(error.detail), request.state.request_id, path=path, hint=hint, headers=headers)
