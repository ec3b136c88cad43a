"""The catch hook of an automation platform that changes bills: Zapier, Make, n8n, one's own."""
