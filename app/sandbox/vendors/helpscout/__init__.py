"""The stand-in for Help Scout, Inbox API 2.0."""
