"""How large a scenario may be. Everything is checked from the text and the shapes, before an array exists."""

FILE_BYTES = 128 * 1024**2
DEPTH = 64
TEXT_NUMBERS = 8_000_000
TEXT = 1_000_000
STORY_LINES = 10_000
LAYERS = 64
CELLS = 64
UNITS = 16_384
VOCABULARY = 1_000_000
STEPS = 1_000_000
SEQUENCES = 65_536
ARRAY_NUMBERS = 32_000_000
PARAMETERS = 32_000_000
TRACE_NUMBERS = 128_000_000

# More numbers than this are written as bytes, not as a list.
LISTED_NUMBERS = 4_096
