"""How large a file of data may be. Each is checked before the memory is taken; see also `rnnviz.scenario.limits`."""

FILE_BYTES = 64 * 1024**2
TEXT_BYTES = 64 * 1024**2
TABLE_ROWS = 1_000_000
TABLE_COLUMNS = 4_096
TABLE_CELLS = 4_000_000
ARRAYS = 256
ARRAY_NUMBERS = 64_000_000
PICTURE_PIXELS = 4_000_000
PICTURE_SIDE = 16_384
CLASSES = 1_000
WORDS = 1_000

# What a preview holds; the counts that go with it are of all.
PROBLEMS_KEPT = 200
