"""The stand-in for Google Chat, incoming webhooks of API v1."""
