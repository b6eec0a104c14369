"""The proof copy: every unit of a publication on the pages of a report, each conditional one marked."""
