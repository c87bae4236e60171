"""The committed dashboards are what their source writes."""

import subprocess
import sys

from tests.dashboards.queries import FOLDER, ROOT, dashboards


def test_regenerating_changes_nothing(tmp_path):
    # In a process of its own: the SDK warns on import, which pytest would take for an error.
    subprocess.run([sys.executable, "-m", "dashboards.src", str(tmp_path)], cwd=ROOT, check=True)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in dashboards()}
    assert sorted(written) == sorted(committed)
    differing = [name for name in written if written[name] != committed[name]]
    assert not differing, f"run `make dashboards` and commit: {differing} in {FOLDER.name}/"


def test_files_end_in_a_newline_and_are_named_by_their_uid():
    for path in dashboards():
        text = path.read_text(encoding="utf-8")
        assert text.endswith("}\n")
        assert f'"uid": "{path.stem}"' in text
