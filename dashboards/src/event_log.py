"""What is asked of Loki, where the exporter puts its event log.

Each line is a message, with the labels job, level and category. All else that is known of an event is structured
metadata, which is filtered as labels are once the lines are chosen.
"""

from .variables import LEVELS

_JOB = 'job="radio-exporter"'
_AMISS = "|".join(LEVELS[LEVELS.index("warning") :])

# What the variables choose. Between backquotes no character of the text has a meaning to LogQL, and `regex` takes away
# what it means to a regular expression.
CHOSEN = f'{{{_JOB}, level=~"$level", category=~"$category"}} |~ `(?i)${{text:regex}}`'
# Warnings and worse, of the chosen streams and of no stream at all. (Loki finds no `x=~".+|"` where there is no x.)
AMISS = f'{{{_JOB}, level=~"{_AMISS}"}} | server="" or server=~"$server" | mount="" or mount=~"$mount"'
