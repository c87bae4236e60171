"""SAM Broadcaster's MySQL database: what is on the air, what was, what listeners asked for."""
