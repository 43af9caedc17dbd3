"""The web server: waitress, which reads a whole request before a thread sees it, with limits of its own on how one arrives."""
