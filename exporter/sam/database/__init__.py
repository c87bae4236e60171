"""Reads one playout's MySQL database, and cannot hurt it."""
