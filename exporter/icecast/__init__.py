"""Icecast 2.4, Icecast-KH and Icecast 2.5."""
