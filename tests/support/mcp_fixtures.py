"""What MCP's conformance harness calls on a server under test: its tools, resources and prompts, mounted beside the product's own."""

import base64
import json
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.server.mcpserver.tools import Tool
from mcp_types import (
    AudioContent,
    CallToolResult,
    Completion,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)

_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
_WAV = base64.b64encode(b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0@\x1f\0\0@\x1f\0\0\1\0\x08\0data\0\0\0\0").decode()
_IMAGE = ImageContent(type="image", data=_PNG, mime_type="image/png")

_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def _resource(uri: str, text: str, mime_type: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


def mount(server: MCPServer[Any]) -> None:
    """Mount all of it."""
    _tools(server)
    _resources(server)
    _prompts(server)


def _tools(server: MCPServer[Any]) -> None:
    contents = {
        "test_simple_text": [TextContent(type="text", text="This is a simple text response for testing.")],
        "test_image_content": [_IMAGE],
        "test_audio_content": [AudioContent(type="audio", data=_WAV, mime_type="audio/wav")],
        "test_embedded_resource": [_resource("test://embedded-resource", "This is an embedded resource content.")],
        "test_multiple_content_types": [
            TextContent(type="text", text="Multiple content types test:"),
            _IMAGE,
            _resource("test://mixed-content-resource", '{"test":"data","value":123}', "application/json"),
        ],
    }
    for name, content in contents.items():
        server.tool(name=name, description=f"Answers {name}.", structured_output=False)(_answering(content))

    server._tool_manager._tools["json_schema_2020_12_tool"] = _with_schema()

    def fails() -> str:
        raise ValueError

    server.tool(name="test_error_handling", description="Fails.", structured_output=False)(fails)


def _with_schema() -> Tool:
    """A tool whose schema has what JSON Schema of 2020-12 has, to be listed as it stands."""

    def act() -> str:
        return "done"

    tool = Tool.from_function(act, name="json_schema_2020_12_tool", description="A schema.", structured_output=False)
    return tool.model_copy(update={"parameters": _SCHEMA})


def _answering(content: Any) -> Any:
    def answer() -> CallToolResult:
        return CallToolResult(content=content)

    return answer


def _resources(server: MCPServer[Any]) -> None:
    server.resource("test://static-text", name="static-text", mime_type="text/plain")(
        lambda: "This is the content of the static text resource."
    )
    server.resource("test://static-binary", name="static-binary", mime_type="image/png")(lambda: base64.b64decode(_PNG))

    def templated(id: str) -> str:  # noqa: A002 - as the template has it
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})

    server.resource("test://template/{id}/data", mime_type="application/json")(templated)


def _prompts(server: MCPServer[Any]) -> None:
    def simple() -> str:
        return "This is a simple prompt for testing."

    def with_arguments(arg1: str, arg2: str) -> str:
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    def with_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803 - as the harness calls it
        embedded = _resource(resourceUri, "Embedded resource content for testing.")
        return [UserMessage(content=embedded), UserMessage(content="Please process the embedded resource above.")]

    def with_image() -> list[UserMessage]:
        return [UserMessage(content=_IMAGE), UserMessage(content="Please analyze the image above.")]

    server.prompt(name="test_simple_prompt", description="A prompt of the harness.")(simple)
    server.prompt(name="test_prompt_with_arguments", description="A prompt of the harness.")(with_arguments)
    server.prompt(name="test_prompt_with_embedded_resource", description="A prompt of the harness.")(with_resource)
    server.prompt(name="test_prompt_with_image", description="A prompt of the harness.")(with_image)

    async def completed(*_: Any) -> Completion:
        return Completion(values=["test value"], total=1, has_more=False)

    server.completion()(completed)
