"""The bank API: its operations (routes), the application, reading, problems, handlers by what they are about."""
