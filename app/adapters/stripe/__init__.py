"""Stripe: single charges to a card on file, and what it tells us of them."""
