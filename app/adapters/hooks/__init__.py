"""Events to subscribers: REST hooks, signed by Standard Webhooks."""
