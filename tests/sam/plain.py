"""What the tables of `year.py` say, in plain SQL: written without a look at the code that is tested."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.sam.samdb import SamDb
from tests.sam.year import BERLIN

SKIP_BELOW = 30


def minute(moment: float) -> int:
    """Of the day, in Berlin."""
    local = datetime.fromtimestamp(moment, BERLIN)
    return local.hour * 60 + local.minute


class Sql:
    """Asks a studio's tables. Times are Unix seconds, durations seconds."""

    def __init__(self, db: SamDb, means: str, unit: str) -> None:
        length = "h.duration / 1000" if unit == "ms" else "h.duration"
        at = "TIMESTAMPDIFF(SECOND, '1970-01-01', h.date_played) - a.seconds"
        self._db = db
        self._whole = f"""
            WITH timed AS (
                SELECT h.*, {length} AS length, IF(h.date_played > '1000-01-01', {at}, NULL) AS at
                FROM historylist h JOIN ahead a ON a.ID = h.ID
            ), chain AS (
                SELECT ID, LEAD(at) OVER (ORDER BY ID) AS next_at, LAG(at) OVER (ORDER BY ID) AS last_at
                FROM timed WHERE overlay = 'no' AND at IS NOT NULL
            ), told AS (
                SELECT timed.*, {self._aired(means)} AS aired, {self._started(means)} AS started
                FROM timed LEFT JOIN chain ON chain.ID = timed.ID
            )"""

    @staticmethod
    def _aired(means: str) -> str:
        if means == "start":
            gap = "LEAST(chain.next_at - at, length)"
            return f"CASE WHEN at IS NULL THEN NULL WHEN overlay = 'yes' THEN length ELSE {gap} END"
        return "CASE WHEN at IS NULL THEN NULL WHEN overlay = 'yes' THEN length ELSE LEAST(at - COALESCE(chain.last_at, 0), length) END"

    @staticmethod
    def _started(means: str) -> str:
        if means == "start":
            return "at"
        return "CASE WHEN overlay = 'yes' THEN at - length ELSE GREATEST(COALESCE(chain.last_at, 0), at - length) END"

    def ask(self, select: str, *values: Any) -> list[tuple[Any, ...]]:
        """A SELECT over `told`: the rows of the history with `started`, `aired`, `length`."""
        found = self._db.run(f"{self._whole} {select}", *values)
        return [tuple(float(value) if isinstance(value, Decimal) else value for value in row) for row in found]

    def totals(self) -> dict[str, tuple[float, float, float, float, float | None]]:
        """By songtype: plays, seconds on the air, length of those, skips, the last start."""
        skipped = f"aired < {SKIP_BELOW} AND aired < length / 2"
        rows = self.ask(
            f"""SELECT songtype, COUNT(*), COALESCE(SUM(aired), 0), COALESCE(SUM(IF(aired IS NULL, 0, length)), 0),
                COALESCE(SUM({skipped}), 0), MAX(started) FROM told GROUP BY songtype"""
        )
        return {kind: tuple(numbers) for kind, *numbers in rows}  # type: ignore[misc]

    def songs(self, since: float | None, top: int) -> list[tuple[int, int]]:
        """The song's number (0: none of the library) and its plays."""
        where = "" if since is None else f"AND started >= {since!r}"
        return self.ask(
            f"""SELECT songID, COUNT(*) FROM told WHERE songtype = 'S' {where}
                GROUP BY songID, IF(songID = 0, CONCAT(BINARY artist, 0x00, BINARY title), '')
                ORDER BY 2 DESC, songID LIMIT {top}"""
        )  # type: ignore[return-value]

    def genres(self, since: float | None) -> dict[str, int]:
        """Plays by genre."""
        where = "" if since is None else f"AND started >= {since!r}"
        return dict(
            self.ask(
                f"""SELECT COALESCE(NULLIF(s.genre, ''), 'unknown'), COUNT(*) FROM told
                    LEFT JOIN songlist s ON s.ID = told.songID WHERE told.songtype = 'S' {where} GROUP BY 1"""
            )
        )

    def categories(self, since: float | None) -> dict[str, int]:
        """Plays by category."""
        where = "" if since is None else f"AND started >= {since!r}"
        return dict(
            self.ask(
                f"""SELECT c.name, COUNT(*) FROM told JOIN categorylist l ON l.songID = told.songID
                    JOIN category c ON c.ID = l.categoryID WHERE told.songtype = 'S' {where} GROUP BY c.name"""
            )
        )

    def rotation(self, since: float) -> tuple[int, int]:
        """Different songs (one of no library is told by its name) and artists since."""
        ((songs, artists),) = self.ask(
            f"""SELECT COUNT(DISTINCT IF(songID = 0, CONCAT(BINARY artist, 0x00, BINARY title), songID)),
                COUNT(DISTINCT NULLIF(BINARY artist, '')) FROM told WHERE songtype = 'S' AND started >= {since!r}"""
        )
        return songs, artists

    def requests(self, select: str) -> list[tuple[Any, ...]]:
        """A SELECT over `asked`: the rows of requestlist with `at`, and `taken` = not refused."""
        return self._db.run(
            f"""WITH asked AS (
                SELECT r.*, IF(r.t_stamp > '1000-01-01', TIMESTAMPDIFF(SECOND, '1970-01-01', r.t_stamp) - a.seconds, NULL) AS at,
                    r.status = 'played' OR r.code IN (0, 200) AS taken, a.seconds
                FROM requestlist r JOIN asked_ahead a ON a.ID = r.ID
            ) {select}"""
        )

    def outcomes(self, expired_before: float) -> dict[str, int]:
        """Requests by what became of them; `accepted` among them."""
        became = f"""CASE WHEN status = 'played' THEN 'played'
            WHEN code = 601 THEN 'song_recently_played' WHEN code = 602 THEN 'artist_recently_played'
            WHEN code = 603 THEN 'song_queued' WHEN code = 604 THEN 'artist_queued'
            WHEN code = 605 THEN 'song_already_requested' WHEN code = 606 THEN 'artist_already_requested'
            WHEN code = 609 THEN 'track_recently_played' WHEN code BETWEEN 800 AND 899 THEN 'web_script'
            WHEN code NOT IN (0, 200) THEN 'other_refusal' WHEN status = 'ignored' THEN 'ignored'
            WHEN at IS NULL OR at < {expired_before!r} THEN 'expired' ELSE 'pending' END"""
        counted = dict(self.requests(f"SELECT {became}, COUNT(*) FROM asked GROUP BY 1"))
        ((accepted,),) = self.requests("SELECT COUNT(*) FROM asked WHERE code = 200 OR status = 'played'")
        return {**counted, "accepted": accepted}

    def requested(self, since: float | None, top: int) -> list[tuple[int, int]]:
        """The songs most asked for."""
        where = "" if since is None else f"AND at >= {since!r}"
        return self.requests(
            f"SELECT songID, COUNT(*) FROM asked WHERE taken {where} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {top}"
        )  # type: ignore[return-value]

    def by_hour(self, since: float | None) -> dict[str, int]:
        """Requests by the hour in Berlin, refused ones too."""
        where = "" if since is None else f"AND at >= {since!r}"
        hour = "LPAD(FLOOR(MOD(at + seconds, 86400) / 3600), 2, '0')"
        return dict(self.requests(f"SELECT {hour}, COUNT(*) FROM asked WHERE at IS NOT NULL {where} GROUP BY 1"))

    def askers(self, since: float | None, top: int) -> list[int]:
        """How often those asked who asked most."""
        where = "" if since is None else f"WHERE at >= {since!r}"
        rows = self.requests(f"SELECT host, COUNT(*) FROM asked {where} GROUP BY host ORDER BY 2 DESC LIMIT {top}")
        return [number for _, number in rows]

    def changes(self, now: float, since: float | None, least: int) -> dict[int, float]:
        """How many listeners a song kept or lost beyond what is usual at that minute, by its number."""
        rows = self.ask(
            """SELECT songID, songtype, started, started + aired, listeners, overlay = 'yes' FROM told ORDER BY ID"""
        )
        levels = self._levels(
            [(minute(row[2]), row[4]) for row in rows if row[2] is not None and now - 28 * 86400 <= row[2] <= now]
        )
        parts = defaultdict(list)
        for place, (song, kind, started, ended, before, overlay) in enumerate(rows):
            behind = next((row for row in rows[place + 1 :] if not row[5] and row[2] is not None), None)
            if kind != "S" or ended is None or overlay or not before or behind is None:
                continue
            if since is None or started >= since:
                first, last = levels[minute(started)], levels[minute(ended)]
                usual = last / first if last and first else 1
                parts[song].append((before, behind[4] - before * usual))
        return {
            song: sum(change for _, change in all_of) / sum(before for before, _ in all_of)
            for song, all_of in parts.items()
            if len(all_of) >= least
        }

    @staticmethod
    def _levels(starts: list[tuple[int, int]]) -> list[float | None]:
        """The usual number of listeners at each minute of the day, from (minute, listeners)."""
        usual = []
        for minute in range(1440):
            near = [listeners for at, listeners in starts if min((at - minute) % 1440, (minute - at) % 1440) <= 15]
            usual.append(sum(near) / len(near) if near else None)
        return usual

    def waits(self) -> tuple[int, float]:
        """How many requests were played, and how long they had waited together."""
        started = dict(self.ask("SELECT requestID, started FROM told WHERE requestID > 0 AND started IS NOT NULL"))
        asked = dict(self.requests("SELECT ID, at FROM asked WHERE at IS NOT NULL"))
        waited = [started[one] - asked[one] for one in started.keys() & asked.keys() if started[one] >= asked[one]]
        return len(waited), sum(waited)
