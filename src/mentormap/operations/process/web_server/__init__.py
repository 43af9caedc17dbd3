"""The web server: waitress, which reads a whole request before a thread gets it, with our limits on receiving one."""
