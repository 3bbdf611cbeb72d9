"""The byte-level server: its frames, its TCP and TLS, and one function for each scenario."""
