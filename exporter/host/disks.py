"""Reads how much room disks have. One that hangs (a file server that is away) costs itself alone.

Of psutil only disk_usage, which Linux and Windows both have.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import psutil

from exporter.host.reading import Disk, Space
from exporter.polling.complaints import Complaints
from exporter.polling.look import Look

Place = tuple[str, str]
"""Path and purpose."""


class Disks:
    """Some disks, each looked at in threads of its own.

    Args:
        places: which they are.
        usage: gives an object with `total` and `free` bytes for a path, or raises OSError.
    """

    def __init__(self, places: Iterable[Place], usage: Callable[[str], Any] = psutil.disk_usage) -> None:
        self._places = tuple(dict.fromkeys(places))
        self._looks = {path: Look(f"disk {path}", partial(usage, path)) for path, _ in self._places}
        self._complaints = Complaints()

    async def read(self, within: float) -> tuple[Disk, ...]:
        """All of them, after so many seconds at the latest."""
        paths = tuple(self._looks)
        spaces = dict(zip(paths, await asyncio.gather(*(self._space(path, within) for path in paths)), strict=True))
        return tuple(Disk(path, purpose, spaces[path]) for path, purpose in self._places)

    async def _space(self, path: str, within: float) -> Space | None:
        what = f"the disk of {path}"
        try:
            usage = await self._looks[path].once(within)
        except TimeoutError:
            self._complaints.about(what, "it does not answer: is a file server away?")
        except OSError as error:
            self._complaints.about(what, error.strerror or "failed")
        else:
            self._complaints.over(what)
            return Space(usage.total, usage.free)
        return None
