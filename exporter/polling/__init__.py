"""Asking: one supervised task per target, its latest reading, and what is served while there is none."""
