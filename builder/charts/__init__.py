"""Charts: the short form that authors write becomes a Vega-Lite spec, and the spec an SVG."""
