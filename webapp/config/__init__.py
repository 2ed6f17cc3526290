"""The Django project: what it reads from the environment, its addresses and its logs."""
