"""Stand-in of an automation that changes bills: a catch hook that calls back, as a Zap would."""
