"""The configuration: what the operator wrote, checked whole before any of it is used."""
