"""Links between the dashboards; every one keeps the time range and the choices made."""

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

TAG = "radio"
OVERVIEW, STREAMS, EXPORTER = "radio-overview", "radio-streams", "radio-exporter"
MUSIC, REQUESTS = "radio-music", "radio-requests"
PLAYOUT, EVENTS = "radio-playout", "radio-events"
LISTENERS, AUDIENCE_MAP, STREAMING_SERVERS = "radio-listeners", "radio-audience-map", "radio-streaming-servers"


def to_all_dashboards() -> builders.DashboardLink:
    """The row of links above the panels."""
    return (
        builders.DashboardLink("Radio")
        .type(dashboard.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(False)
        .include_vars(True)
        .keep_time(True)
    )


def to_stream() -> dict[str, str]:
    """From a table row with the columns Server and Mount to that stream's figures."""
    return _to_streams("Everything about this stream", "Server", "Mount")


def to_server() -> dict[str, str]:
    """From a table row with the column Server to that server's streams."""
    return _to_streams("Streams of this server", "Server")


def to_channel() -> dict[str, str]:
    """From a table row with the column Channel to that channel's listeners."""
    return _to(LISTENERS, "Who listens to this channel", "Channel")


def _to_streams(title: str, *columns: str) -> dict[str, str]:
    return _to(STREAMS, title, *columns)


def _to(uid: str, title: str, *columns: str) -> dict[str, str]:
    kept = ["${datasource:queryparam}", "${job:queryparam}", "${instance:queryparam}"]
    chosen = [f"var-{column.lower()}=${{__data.fields.{column}:percentencode}}" for column in columns]
    query = "&".join([*kept, *chosen, "${__url_time_range}"])
    return {"title": title, "url": f"/d/{uid}?{query}"}
