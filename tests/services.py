"""What a test against real servers needs: the programs, or a skip with the reason, or (REQUIRE_SERVICES=1) a failure."""

import os
import shutil

import pytest

PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"


def need(*programs: str, path: str = PATH) -> None:
    """Skip or fail the test unless each program (`a|b`: one of them) is installed."""
    missing = [names for names in programs if not any(shutil.which(name, path=path) for name in names.split("|"))]
    if not missing:
        return
    reason = f"{', '.join(missing)} not installed: `make setup` installs it"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
