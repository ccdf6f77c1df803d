"""A firm's application and each bank's copy of it: states, actions, expiry."""
