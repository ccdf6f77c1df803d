"""The rim: routes, the way in and out of a request, operations, metrics."""
