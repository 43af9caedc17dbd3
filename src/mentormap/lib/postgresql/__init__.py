"""A PostgreSQL backend for Django that reports an unreachable server quickly; settings name it as ENGINE."""
