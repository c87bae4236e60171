"""The doors through which others tell us things: who may push, how much, how often; and the paths themselves."""
