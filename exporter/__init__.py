"""One async exporter that turns a radio station's servers into Prometheus metrics."""

__version__ = "0.1.0"
