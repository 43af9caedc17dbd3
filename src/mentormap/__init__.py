"""MentorMap: a self-hosted marketplace for paid mentoring."""

from mentormap.lib.zone_data import use_newest

use_newest()  # in every process before anything reads a zone: settings, tests and other servers import this package first
