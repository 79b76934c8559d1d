"""Everything under /statique/: bytes that stay, with their tags."""

from __future__ import annotations

import hashlib

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rentree.sandbox.pages import assets


def asset_routes() -> list[Route]:
    """The one route."""
    known = {
        name: (body, kind, f'"{hashlib.sha256(body).hexdigest()[:16]}"')
        for name, (body, kind) in assets().items()
    }

    async def asset(request: Request) -> Response:
        if request.path_params["name"] not in known:
            raise HTTPException(404)
        body, kind, tag = known[request.path_params["name"]]
        headers = {"Cache-Control": "public, max-age=86400", "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(None, 304, headers)
        return Response(body, 200, headers, kind)

    return [Route("/statique/{name}", asset)]
