"""Load on the kitchen API, as its customers, cooks and planners make it."""
