"""The landing page: what is watched, how it is doing, and where everything else is."""
