"""A stand-in for Stripe: PaymentIntents, their search, and signed webhooks."""
