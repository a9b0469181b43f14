"""The shapes of what comes and goes. What the values mean is for the services; here are types, ranges and examples."""
