"""What people see in a browser: plain pages that need no script and fetch nothing from elsewhere.

Where the links of mails lead (`/signin`, `/signup`, `/reset_pw`), the mail that the embedded sink received
(`/mailbox`), and what is said where the server has no path. No document: contract, 9 and 10.
"""
