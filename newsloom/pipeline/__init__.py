"""The only room that joins stages to the store."""
