"""What callers send and get: answers, problems, examples, the OpenAPI document."""
