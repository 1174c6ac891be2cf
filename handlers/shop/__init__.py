"""The API of items bought with credits and of transfers between accounts. Document: ists16."""
