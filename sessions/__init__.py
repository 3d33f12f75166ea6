"""What is kept when the user asks for it: numbers of a session, never a picture, in a database of the user's own."""
