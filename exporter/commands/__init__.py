"""The commands beside `serve`: each reads what the exporter reads, does one thing to its store, and ends."""
