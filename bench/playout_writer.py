"""A program that writes as DesiZone Broadcaster does, only without a pause; it waits for nobody.

`python playout_writer.py FILE JOURNAL SECONDS`: prints as JSON how long each write took, and how many were refused.
Run by `bench/playout.py`, as a process of its own.
"""

import json
import sqlite3
import sys
import time

INSERT = "INSERT INTO system_health_snapshots VALUES (NULL, ?, 12, 245, 0.87, 0.92, 2.5, 1, 1, 3)"


def main(path: str, journal: str, seconds: float) -> None:
    """Write for so long."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={journal}")
    taken, refused, until = list[float](), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        try:
            connection.execute(INSERT, (time.time_ns() // 1_000_000,))
        except sqlite3.OperationalError:
            refused += 1
        taken.append(time.perf_counter() - began)
    print(json.dumps({"taken": taken, "refused": refused}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
