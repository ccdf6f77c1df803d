"""Messages of customs: bytes to what they say, and back without a byte changed that nobody changed."""
