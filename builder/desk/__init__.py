"""What the commands do, one file each; `builder.cli` only reads their options."""
