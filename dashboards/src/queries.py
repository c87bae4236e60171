"""Building blocks of PromQL: which labels each kind of series carries, and how replicas and products are folded.

Series of the exporter carry job and instance; what the recording rules give carries only server and mount, or channel.
Shoutcast's streams take part with their stream as the mount, as they do in the recording rules. Figures of the audience
are by channel: a mount, or a streaming server's media. A studio (SAM's database) is a server too, but is chosen apart:
a choice of streaming servers, carried along by a link, is none of studios.
"""

EXPORTER = 'job=~"$job",instance=~"$instance"'
SERVER = 'server=~"$server"'
MOUNT = f'{SERVER},mount=~"$mount"'
CHANNEL = 'channel=~"$channel"'
STUDIO = 'server=~"$studio"'
ENGINE = 'engine=~"$engine"'


def recorded_stream(rule: str, window: str = "") -> str:
    """One value per server and mount, from a recording rule."""
    return f"{rule}{{{MOUNT}}}{_range(window)}"


def recorded_server(rule: str, window: str = "") -> str:
    """One value per server, from a recording rule."""
    return f"{rule}{{{SERVER}}}{_range(window)}"


def recorded_channel(rule: str, window: str = "") -> str:
    """One value per channel, of all servers together, from a recording rule."""
    return f"{rule}{{{CHANNEL}}}{_range(window)}"


def recorded_studio(rule: str, window: str = "", more: str = "") -> str:
    """One value per studio, and by one label more where the rule has it, from a recording rule."""
    return f"{rule}{{{STUDIO}{more}}}{_range(window)}"


def of_exporter(metric: str, window: str = "", more: str = "") -> str:
    """Series about the exporter itself, or about the whole audience."""
    return f"{metric}{{{EXPORTER}{more}}}{_range(window)}"


def of_server(metric: str, window: str = "", more: str = "") -> str:
    """Series about a server, or a target of the exporter."""
    return f"{metric}{{{EXPORTER},{SERVER}{more}}}{_range(window)}"


def of_channel(metric: str, window: str = "", more: str = "") -> str:
    """Series about the audience of a channel on a server."""
    return f"{metric}{{{EXPORTER},{SERVER},{CHANNEL}{more}}}{_range(window)}"


def of_studio(metric: str, window: str = "", more: str = "") -> str:
    """Series about a studio."""
    return f"{metric}{{{EXPORTER},{STUDIO}{more}}}{_range(window)}"


def of_engine(metric: str, window: str = "") -> str:
    """Series about a playout engine, its decks or its encoders."""
    return f"{metric}{{{EXPORTER},{ENGINE}}}{_range(window)}"


def recorded_exporter(rule: str) -> str:
    """One value per exporter, or per thing on its machine, from a recording rule."""
    return f'{rule}{{instance=~"$instance"}}'


def of_mount(metric: str, window: str = "", more: str = "") -> str:
    """Series about a mount of an Icecast, or about any stream that a probe listens to."""
    return f"{metric}{{{EXPORTER},{MOUNT}{more}}}{_range(window)}"


def of_shoutcast(metric: str, function: str = "", window: str = "") -> str:
    """Series about a stream of a Shoutcast, its stream copied to the mount label."""
    selector = f'{metric}{{{EXPORTER},{SERVER},stream=~"$mount"}}{_range(window)}'
    inner = f"{function}({selector})" if function else selector
    return f'label_replace({inner}, "mount", "$1", "stream", "(.+)")'


def per_stream(*expressions: str) -> str:
    """Fold replicas of an exporter: one value per server and mount, from whichever product has it."""
    return f"max by (server, mount) ({' or '.join(expressions)})"


def per_channel(expression: str) -> str:
    """Fold replicas of an exporter: one value per server and channel."""
    return f"max by (server, channel) ({expression})"


def per_engine(expression: str, *labels: str) -> str:
    """Fold replicas of an exporter: one value per engine, and by the labels named (deck, encoder)."""
    return f"max by ({', '.join(['engine', *labels])}) ({expression})"


def per_server(expression: str) -> str:
    """Fold replicas of an exporter: one value per server."""
    return f"max by (server) ({expression})"


def by_kind(metric: str, function: str = "", window: str = "", *, more: str = "", at: str = "") -> str:
    """The same metric of Icecast and Shoutcast targets, told apart by a label `kind`."""
    parts = []
    for product in ("Icecast", "Shoutcast"):
        selector = of_server(f"{product.lower()}_{metric}", window, more) + at
        inner = f"{function}({selector})" if function else selector
        parts.append(f'label_replace({inner}, "kind", "{product}", "", "")')
    return " or ".join(parts)


def named(expression: str, figure: str) -> str:
    """Give every series a label `figure`, so that different figures can share one query."""
    return f'label_replace({expression}, "figure", "{figure}", "", "")'


def _range(window: str) -> str:
    return f"[{window}]" if window else ""
