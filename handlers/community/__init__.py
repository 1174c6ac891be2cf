"""The API of local communities: members, ads, message threads, token wallet. Document: commons-os."""
