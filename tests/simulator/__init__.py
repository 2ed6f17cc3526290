"""A simulated DynamoDB global table, and what is run on it."""
