"""A bar where somebody looks, lines where a log is kept."""

from io import StringIO

import pytest

from exporter.backfill.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "every"), [(Terminal(), 0.2), (StringIO(), 30.0)])
def test_progress_is_shown_now_and_then(stream: StringIO, every: float) -> None:
    now = 0.0
    progress = Progress(stream, 1000, clock=lambda: now)
    progress.show(100, 50_000)
    assert stream.getvalue() == ""
    now = every + 1
    progress.show(250, 50_000)
    said = stream.getvalue()
    left = round(now * 3)
    assert f" 25%  50,000 lines, {50_000 / now:,.0f}/s, {left // 60}:{left % 60:02} left" in said
    progress.show(260, 51_000)
    assert stream.getvalue() == said
    progress.end()
    assert stream.getvalue().endswith("\r\x1b[K" if stream.isatty() else "\n")
    assert ("█" in said) == stream.isatty()


def test_of_standard_input_nobody_knows_the_end() -> None:
    stream, now = StringIO(), 0.0
    progress = Progress(stream, None, clock=lambda: now)
    now = 100.0
    progress.show(0, 1000)
    assert stream.getvalue() == "1,000 lines, 10/s\n"
