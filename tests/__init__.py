"""All tests, and the simulator that some of them run."""
