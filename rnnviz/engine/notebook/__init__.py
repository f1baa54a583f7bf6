"""How values show themselves in a notebook: HTML with inline SVG, on white and on dark ground, of bounded size.

Whatever comes from a file is escaped. Lines and text take the colour of the notebook, and what is near 0 its ground.
"""
