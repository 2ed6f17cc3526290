"""What operators do: commands of ``manage.py`` (and later the admin)."""
