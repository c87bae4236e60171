"""A small file system of its own, in memory, that a test can fill."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services import need


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount one on `folder`; nothing of its size is taken before it is written to.

    Only root can. Where root may not either (a container), the test is skipped, or (REQUIRE_SERVICES=1) fails.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    need("mount", "umount")
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", folder.name, folder]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        reason = f"this root may not mount: {mounted.stderr.strip()}"
        pytest.fail(reason) if os.environ.get("REQUIRE_SERVICES") == "1" else pytest.skip(reason)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
