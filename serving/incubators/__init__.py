"""Incubators and makerspaces over HTTP: reports in, registry and statistics out."""
