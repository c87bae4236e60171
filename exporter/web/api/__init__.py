"""The figures over HTTP: JSON, CSV, WebSocket, and the OpenAPI document that describes every path."""
