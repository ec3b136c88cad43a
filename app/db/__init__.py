"""Tables, sessions, enqueueing and the embedded server: everything that speaks to Postgres."""
