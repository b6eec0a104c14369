"""The leak certificate: an independent witness that what an edition withholds is not in its file."""
