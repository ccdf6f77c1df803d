"""What we conclude: points, default risk and quota, each a file that answers the same after reload."""
