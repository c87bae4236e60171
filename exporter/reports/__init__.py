"""Figures for people, out of the store: by hour and day of the station, by place, as CSV."""
