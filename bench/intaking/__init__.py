"""What `bench/intake.py` measures with: a load generator, and the limits it compares with."""
