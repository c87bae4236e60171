"""The database: its tables, one writer, and what is cleaned away when."""
