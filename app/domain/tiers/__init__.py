"""User-tier pricing: a policy as values, and the quote reckoned from it, step by step."""
