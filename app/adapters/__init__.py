"""The outside systems, one folder each, behind the ports; the only place that opens connections."""
