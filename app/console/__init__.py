"""The console: pages for people, rendered here, with no script in them."""
