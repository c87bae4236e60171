"""History: what a server's own log tells of the time before the exporter watched it."""
