"""Customs clearance over HTTP and from a watched folder: messages in, states, streams and webhooks out."""
