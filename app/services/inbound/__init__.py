"""What each kind of inbound event does, one handler a kind."""
