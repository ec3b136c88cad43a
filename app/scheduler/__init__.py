"""What starts work: the clock's ticks and the queue's entrypoints."""
