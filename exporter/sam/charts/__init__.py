"""What was played most, asked for most, and what keeps listeners: computed from the store alone."""
