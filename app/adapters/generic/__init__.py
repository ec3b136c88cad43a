"""The generic way in for agreements: Zapier, Make, n8n, and one's own code."""
