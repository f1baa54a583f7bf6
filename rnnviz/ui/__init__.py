"""The window: theme, panels, stage, timeline. The only layer that knows Qt."""
