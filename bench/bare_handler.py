"""The least that aiohttp can do: hands out two files' bytes, plain or gzipped. `python -m bench.bare_handler`."""

import argparse
from pathlib import Path

from aiohttp import web

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def application(plain: bytes, gzipped: bytes) -> web.Application:
    """`/metrics` with these bytes."""

    async def metrics(request: web.Request) -> web.Response:
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=gzipped, headers={"Content-Type": CONTENT_TYPE, "Content-Encoding": "gzip"})
        return web.Response(body=plain, headers={"Content-Type": CONTENT_TYPE})

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    return app


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m bench.bare_handler", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("plain", type=Path)
    parser.add_argument("gzipped", type=Path)
    options = parser.parse_args()
    app = application(options.plain.read_bytes(), options.gzipped.read_bytes())
    web.run_app(app, host="127.0.0.1", port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
