"""Help Scout: e-mail to the client, by its Inbox API 2.0."""
