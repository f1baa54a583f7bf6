"""What goes out of the window: pictures, tables, films, traces; and the same pictures from the command line."""
