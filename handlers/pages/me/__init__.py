"""`/me`: what everybody may do with what is kept about them. Look at it, take it along, end sessions, be gone.

No document: contract, 9. Errors are problem details, browsers may only ask from pages of this server.
"""
