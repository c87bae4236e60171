"""The HTTP side: exposition, probe, discovery, health, reload and the landing page."""
