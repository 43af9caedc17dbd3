"""Django's backend for PostgreSQL, which says soon when the server is out of reach; settings name it as ENGINE."""
