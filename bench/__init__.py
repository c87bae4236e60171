"""`make bench`: `/metrics` beside its alternatives, measured in one run on this machine."""
