"""What Changeover needs from the outside, as protocols that adapters implement."""
