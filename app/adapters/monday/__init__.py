"""monday.com: the task board, by its GraphQL API."""
