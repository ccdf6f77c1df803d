"""Incubators and makerspaces: statistics with their basis, recognition and graduation."""
