"""The linter: rules on what authors write that no edition needs in order to be built."""
