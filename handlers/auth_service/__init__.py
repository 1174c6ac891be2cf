"""The API of the user directory that operators run, and of subscription products. Document: carbon."""
