"""Kills a process after every statement and every call, and looks whether the duties bring all to agreement."""
