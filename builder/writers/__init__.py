"""The writers: a rendition goes in, the bytes of a finished file come out."""
