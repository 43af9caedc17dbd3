"""Kills a process after every statement and every call, and looks whether the jobs bring all to agreement."""
