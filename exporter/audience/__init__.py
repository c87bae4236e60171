"""Who listens: sessions, listeners, places, players, and the figures made of them."""
