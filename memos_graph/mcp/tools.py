"""Makes tools of functions, as the SDK reads them: each refuses arguments that it does not know, and says what one may not be."""

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import ValidationError

from memos_graph.mcp.describing import DATA
from memos_graph.mcp.slim import slimmed

_MOST_FAULTS = 5


def made_tool(
    act: Callable[..., Any], title: str, about: str | None, hints: ToolAnnotations, *, shows_texts: bool = True
) -> Tool:
    """Return a tool that refuses arguments it does not know: a misspelt one is not ignored.

    ``shows_texts`` whether the text of a memory is in what it answers, which its description then calls data.
    """
    told = " ".join((about or "").split()) + (f" {DATA}" if shows_texts else "")
    tool = _Told.from_function(act, title=title, description=told, annotations=hints, structured_output=True)
    if (results := tool.fn_metadata.output_schema) is not None:
        tool.fn_metadata.output_schema = slimmed(results)
    arguments = tool.fn_metadata.arg_model
    arguments.model_config["extra"] = "forbid"
    arguments.model_rebuild(force=True)
    return tool.model_copy(update={"parameters": arguments.model_json_schema()})


class _Told(Tool):
    """A tool that says what its arguments may not be in one line, and what was refused without a word before it."""

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        try:
            return await super().run(arguments, context, convert_result=convert_result)
        except UnexpectedToolError:
            raise
        except ToolError as error:
            cause = error.__cause__
            raise ToolError(_faults(self.name, cause) if isinstance(cause, ValidationError) else str(cause)) from cause


def _faults(name: str, error: ValidationError) -> str:
    faults = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:_MOST_FAULTS]]
    return f"{name} can't be called so: {'; '.join(faults)}. Its input schema says what it takes."
