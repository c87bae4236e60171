"""The listening probe: connects to a stream as a player does, and measures what a listener would hear."""
