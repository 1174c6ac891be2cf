"""The API of registration with e-mail confirmation, password reset by link, linked pictures. Document: whoami."""
