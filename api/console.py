"""The web console under ``/console``. Where its library is not installed, there is none."""

from importlib.util import find_spec

from fastapi import FastAPI

from memos_graph.api import problems


def install(app: FastAPI) -> None:
    """Add its pages to ``app``, and whatever they load."""
    app.state.refused_pages = {}
    if find_spec("jinja2") is None:
        return
    from memos_graph.console.page import refusing  # noqa: PLC0415 - its library is optional
    from memos_graph.console.serving import install as serve  # noqa: PLC0415
    from memos_graph.console.visit import PATH  # noqa: PLC0415

    app.state.refused_pages[PATH] = refusing
    serve(app, app.state.memos, told=problems.on_page, learn=app.state.admission.learn)
