"""The doors for people and programs: each route turns a request into a command or a query."""
