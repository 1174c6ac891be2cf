"""The live connection: what happens, told to whom it concerns the moment it is committed."""
