"""What an operator of a Jupyter Server would add: a handler that publishes the authorisation."""

import os
from pathlib import Path

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError


class Leave(JupyterHandler):
    """Serves the document as it lies on the operator's disk; gone from there, it is withdrawn."""

    @allow_unauthenticated
    def get(self) -> None:
        """To whoever asks."""
        path = Path(os.environ["AUTHORIZATION"])
        if not path.exists():
            raise HTTPError(404)
        self.set_header("Content-Type", "application/json")
        self.finish(path.read_text(encoding="utf-8"))


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "rentree_leave"}]


def _load_jupyter_server_extension(server: object) -> None:
    handler = (r"/\.well-known/rentree-authorization\.json", Leave)
    server.web_app.add_handlers(".*$", [handler])
