"""How large a file of another program may be. Everything is checked from what it declares, before memory is taken."""

from rnnviz.scenario import limits

FILE_BYTES = 2 * 1024**3
MEMBERS = 20_000
DIRECTORY_BYTES = 4 * 1024**2
TEXT_BYTES = 16 * 1024**2
HEADER_BYTES = 1024**2
DEPTH = 64
UNPACKED_BYTES = 512 * 1024**2  # of one member of a zip file that is packed
DEFLATE_RATIO = 1_040  # no deflate stream grows by more
# Weights hardly shrink when they are packed: what grows by more than this, and above that size, is made to fill memory.
USUAL_RATIO = 100
ALWAYS_UNPACKED = 32 * 1024**2
TENSORS = 5_000
DIMENSIONS = 8
TOKEN_LETTERS = 200  # of a word of a vocabulary

# Of all tensors that become weights: what a scenario may hold.
PARAMETERS = limits.PARAMETERS
# Of one tensor in the file, whether it is used or not.
TENSOR_NUMBERS = 256_000_000
