"""``/docs``: the OpenAPI document as a page that people try calls on. All it loads comes from this server, so it needs no network."""

from collections.abc import Callable
from importlib.resources import files

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, Response

_ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "favicon.png": "image/png"}
_DAY_S = 86_400


def install(app: FastAPI) -> None:
    """Show the document of ``app`` at ``/docs``, with Swagger UI's files beside it."""
    router = APIRouter(include_in_schema=False)
    for name, media_type in _ASSETS.items():
        router.add_api_route(f"/docs/{name}", _asset(name, media_type), methods=["GET"])

    @router.get("/docs")
    def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "").rstrip("/")
        return get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=app.title,
            swagger_js_url=f"{root}/docs/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/docs/swagger-ui.css",
            swagger_favicon_url=f"{root}/docs/favicon.png",
        )

    app.include_router(router)


def _asset(name: str, media_type: str) -> Callable[[], Response]:
    path = files("fastapi_offline") / "static" / name

    def asset() -> Response:
        headers = {"Cache-Control": f"public, max-age={_DAY_S}"}
        return Response(path.read_bytes(), media_type=media_type, headers=headers)

    return asset
