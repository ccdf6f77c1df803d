"""Incubators and makerspaces: the registry, periodic reports and what each indicator counts."""
