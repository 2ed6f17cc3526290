"""What the ledger expects of a store, held against four of them. ``differences.py`` says where they differ."""
