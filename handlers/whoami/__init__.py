"""Registration with e-mail confirmation, password reset by link. The document: `apis/whoami.md`."""
