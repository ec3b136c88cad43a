"""The door for senders of events: verified, stored, acknowledged; understood later."""
