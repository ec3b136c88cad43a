"""Google Chat: messages to the team's rooms, by their incoming webhooks."""
