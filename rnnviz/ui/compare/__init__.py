"""Two scenarios side by side: what to compare with, the two panes, and what is the same and what differs in them."""
