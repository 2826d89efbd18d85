"""Questions about real audio with several choices, as MMAR asks them: asked fairly, marked exactly."""
