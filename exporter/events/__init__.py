"""The event log: what happened at the station, kept, searched, shown as it happens, and passed on to Loki."""
