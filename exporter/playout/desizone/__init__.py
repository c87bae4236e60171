"""DesiZone Broadcaster: its health and its event log, read in its own SQLite database."""
