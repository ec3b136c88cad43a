"""Contracts: what a client is entitled to, at what price, from when to when, and how it changes."""
