"""The authorisation that a sandbox serves when it is told to: a file, read at each question.

Taken away it is 404, so leave is withdrawn; a folder in its place is 503, so nobody can tell.
"""

from __future__ import annotations

import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rentree.authorization import PATH
from rentree.sandbox.process import AUTHORIZATION


def routes() -> list[Route]:
    """One route, when there is such a file to serve."""
    told = os.environ.get(AUTHORIZATION)
    if not told:
        return []

    async def leave(_: Request) -> Response:
        try:
            return Response(Path(told).read_bytes(), media_type="application/json")
        except FileNotFoundError:
            return Response(status_code=404)
        except OSError:
            return Response(status_code=503)

    return [Route(PATH, leave)]
