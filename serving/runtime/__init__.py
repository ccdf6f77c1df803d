"""The process: the BentoML service, the supervisor and its worker processes, logs."""
