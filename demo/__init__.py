"""A whole radio station that plays, listens and misbehaves: for newcomers, for tests, for screenshots."""
