"""The playout engine: what it says of itself, by four ways, as one reading."""
