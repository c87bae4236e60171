"""The least that aiohttp can do for a webhook: reads the body and says yes. `python -m bench.bare_webhook`."""

import argparse

from aiohttp import web


async def webhook(request: web.Request) -> web.Response:
    """Take everything."""
    await request.read()
    return web.json_response({"accepted": 100, "ignored": 0})


async def ready(_: web.Request) -> web.Response:
    """It is there."""
    return web.Response(text="ready\n")


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m bench.bare_webhook", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    app = web.Application()
    app.router.add_post("/api/webhook", webhook)
    app.router.add_get("/", ready)
    web.run_app(app, host="127.0.0.1", port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
