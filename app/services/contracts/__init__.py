"""Contracts: made, changed, carried out when their day comes, renewed, undone."""
