"""Letters: what they say, the outbox that never loses one, the courier that carries them, the sink that keeps them.

An act writes its letter into the outbox in its own transaction; a courier delivers it later over SMTP. Development and
production run the same courier: without a mail server configured it delivers to the embedded sink.
Never here: why a letter is written (that is the core's), and HTTP.
"""
