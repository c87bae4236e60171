"""Writes every dashboard to the folder above this one, or to the folder named on the command line."""

import sys
from pathlib import Path

from . import (
    audience_map,
    events,
    exporter,
    listeners,
    music,
    overview,
    playout,
    requests,
    streaming_servers,
    streams,
)
from .board import render


def main(folder: Path) -> None:
    """Write one file a dashboard, named by its uid."""
    for board in (
        overview.BOARD,
        streams.BOARD,
        listeners.BOARD,
        audience_map.BOARD,
        streaming_servers.BOARD,
        music.BOARD,
        requests.BOARD,
        playout.BOARD,
        events.BOARD,
        exporter.BOARD,
    ):
        (folder / f"{board.uid}.json").write_text(render(board), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1])
