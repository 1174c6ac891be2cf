"""`/operator/api`: the command line's acts over HTTP, for operators. A command's words are its path: `account sign-out`
is `POST /operator/api/account/sign-out`, and what a command only shows is a GET.

No document: contract, 9. Errors are problem details, browsers may only ask from pages of this server, and every act is
in the audit with the operator as its actor.
"""
