"""The passes of `resolve`: each works one thing out over the draft of a document."""
