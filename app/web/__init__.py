"""The HTTP toolkit: what every route shares, from the request id to the problem it answers with."""
