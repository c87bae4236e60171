"""`make bench`: `/metrics` beside its alternatives and the audience beside its limits, in one run on this machine."""
