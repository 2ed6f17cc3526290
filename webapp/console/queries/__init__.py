"""What the admin's pages show, read from the tables: plain values, no Django."""
