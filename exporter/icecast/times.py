"""The three ways in which Icecast writes a time.

`2026-11-21T02:09:32+0000` (2.4 and 2.5, `…_iso8601`), `Sat, 21 Nov 2026 02:09:32 +0000` (2.x) and
`21/Nov/2026:02:24:25 +0000` (KH). The offset may have a colon, or be `Z` or `GMT`.
"""

import re
from datetime import datetime, timedelta, timezone

_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)  # noqa: SIM905
}
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_OFFSET = r"(?:(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)|Z|GMT|UTC)"
_FORMS = (
    re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T ]{_CLOCK}\s*{_OFFSET}", re.ASCII),
    re.compile(rf"(?:\w{{3}},\s*)?(?P<day>\d\d?) (?P<month>\w{{3}}) (?P<year>\d{{4}}) {_CLOCK}\s*{_OFFSET}", re.ASCII),
    re.compile(rf"(?P<day>\d\d)/(?P<month>\w{{3}})/(?P<year>\d{{4}}):{_CLOCK}\s*{_OFFSET}", re.ASCII),
)


def unix_time(written: str) -> float | None:
    """The moment as Unix time, or None where it is in none of the three forms or before 1970."""
    for form in _FORMS:
        if found := form.fullmatch(written.strip()):
            return _moment(found)
    return None


def _moment(found: re.Match[str]) -> float | None:
    part = found.groupdict()
    month = part["month"].lower()
    hours, minutes = int(part["hours"] or 0), int(part["minutes"] or 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if part["sign"] == "-" else 1)
    year, day, hour, minute, second = (int(part[name]) for name in ("year", "day", "hour", "minute", "second"))
    try:
        number = int(month) if month.isdecimal() else _MONTHS[month]
        moment = datetime(year, number, day, hour, minute, second, tzinfo=timezone(offset)).timestamp()
    except (ValueError, KeyError, OverflowError):
        return None
    return moment if moment >= 0 else None
