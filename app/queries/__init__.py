"""Read models: explicit columns into frozen views, in the shape they are answered in."""
