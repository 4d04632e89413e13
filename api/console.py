"""The web console under ``/console``. Where its library is not installed, there is none."""

from importlib.util import find_spec

from fastapi import FastAPI

from memos_graph.api import problems


def install(app: FastAPI) -> None:
    """Add its pages to ``app``, and whatever they load."""
    if find_spec("jinja2") is None:
        return
    from memos_graph.console.serving import install as serve  # noqa: PLC0415 - its library is optional

    serve(app, app.state.memos, told=problems.on_page, learn=app.state.admission.learn)
