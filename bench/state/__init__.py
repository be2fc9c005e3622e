"""What keeping state costs: durable refreshes, reads of sessions, and tables that grow."""
