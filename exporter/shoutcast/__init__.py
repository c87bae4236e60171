"""Shoutcast DNAS v1 and v2."""
