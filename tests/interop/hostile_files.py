"""Files of weights that somebody made to do harm: name -> content, and a word that has to be said of it."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import numpy as np

from tests.interop.mutation import zipped
from tests.interop.torch_files import (
    HOOKS,
    MAGIC,
    MARK,
    PROTO,
    REDUCE,
    STOP,
    Written,
    called,
    dict_of,
    named,
    pickled,
    text,
    torch_old,
    torch_zip,
    tuple_of,
    weights,
    whole,
    written,
)

PWNED = "/var/tmp/rnnviz-pwned"
_CODE = f"open({PWNED!r}, 'w')"
_GLOBALS = (
    ("builtins", "exec"),
    ("builtins", "eval"),
    ("builtins", "getattr"),
    ("builtins", "__import__"),
    ("builtins", "open"),
    ("__builtin__", "execfile"),
    ("__builtin__", "apply"),
    ("os", "system"),
    ("posix", "system"),
    ("nt", "system"),
    ("subprocess", "Popen"),
    ("subprocess", "check_output"),
    ("runpy", "run_path"),
    ("pty", "spawn"),
    ("importlib", "import_module"),
    ("operator", "attrgetter"),
    ("operator", "methodcaller"),
    ("functools", "partial"),
    ("ctypes", "CDLL"),
    ("pickle", "loads"),
    ("_pickle", "loads"),
    ("marshal", "loads"),
    ("types", "FunctionType"),
    ("types", "CodeType"),
    ("shutil", "rmtree"),
    ("socket", "create_connection"),
    ("webbrowser", "open"),
    ("numpy", "load"),
    ("numpy", "fromfile"),
    ("numpy.testing._private.utils", "runstring"),
    ("torch", "load"),
    ("torch.serialization", "load"),
    ("torch.hub", "load"),
    ("torch._utils", "_import_dotted_name"),
    ("torch.storage", "_load_from_bytes"),
    ("torch.jit", "load"),
    ("torch.utils.data._utils", "os"),
    ("collections", "OrderedDict.__reduce__"),
    ("rnnviz.cli", "main"),
    ("copyreg", "_reconstructor"),
)

Hostile = tuple[str, bytes, str]


def in_pickle(value: bytes, *, name: str = "weight") -> bytes:
    """A state dict with one value that is not what it should be."""
    return torch_zip(PROTO + dict_of({name: value}) + STOP, [np.ones(16, np.float32)])


def _globals() -> Iterator[Hostile]:
    for module, name in _GLOBALS:
        full = f"{module}.{name}"
        yield f"global {full}", in_pickle(called(module, name, text(_CODE))), full
        stacked = text(module) + text(name) + b"\x93" + tuple_of(text(_CODE)) + REDUCE
        yield f"stack global {full}", in_pickle(stacked), full
    yield "global with a dot in its name", in_pickle(called("torch", "_utils.os.system", text("id"))), "torch._utils.os"
    yield "INST", in_pickle(MARK + text(_CODE) + b"ios\nsystem\n"), "os.system"
    yield "OBJ", in_pickle(MARK + named("collections", "OrderedDict") + text("x") + b"o"), "OBJ"


def _operations() -> Iterator[Hostile]:
    ordered = named("collections", "OrderedDict")
    tensor = Written(key="0", count=16, shape=(8, 2), strides=(2, 1)).operations()
    yield "NEWOBJ", in_pickle(ordered + b")\x81"), "NEWOBJ"
    yield "NEWOBJ_EX", in_pickle(ordered + b")}\x92"), "NEWOBJ_EX"
    for code, name in ((b"\x82\x01", "EXT1"), (b"\x83\x01\x00", "EXT2"), (b"\x84\x01\x00\x00\x00", "EXT4")):
        yield name, in_pickle(code), name
    yield "PERSID", in_pickle(b"Pstorage\n"), "PERSID"
    yield "NEXT_BUFFER", in_pickle(b"\x97"), "NEXT_BUFFER"
    yield "unknown operation", in_pickle(b"\xfe"), "0xfe"
    yield "BUILD of a tensor", in_pickle(tensor + b"}b"), "attributes"
    yield "BUILD of a class", in_pickle(ordered + dict_of({"__reduce__": text("x")}) + b"b"), "attributes"
    yield "REDUCE of a text", in_pickle(text("os.system") + tuple_of(text("id")) + REDUCE), "none of its names"
    yield "REDUCE of a type of storage", in_pickle(called("torch", "FloatStorage", text("x"))), "torch.FloatStorage"
    yield "protocol 200", torch_zip(b"\x80\xc8}.", []), "protocol 200"
    hidden = text("/etc/passwd") + tuple_of(text("r")) + REDUCE
    yield "a module of torch.nn", in_pickle(named("torch.nn.modules.rnn", "LSTM") + hidden), "whole model"


def _much() -> Iterator[Hostile]:
    """Little in the file, much in memory."""
    deep = b"]" * 290_000 + b"a" * 289_999
    yield "290,000 lists in one another", in_pickle(deep), "no named weights"
    yield "marks in marks", in_pickle(MARK * 1_000_000), "300,000"
    laughs = b"".join(b"0]q" + bytes([k + 1]) + MARK + b"h" + bytes([k, ord("h"), k]) + b"e" for k in range(200))
    yield "lists that hold the one before twice", in_pickle(b"]q\x00" + laughs), "no named weights"
    pairs = b")q\x00" + b"0h\x00h\x00\x86q\x00" * 100
    yield "a tree of tuples as a key", torch_zip(PROTO + b"}" + pairs + b"Ns" + STOP, []), "key"
    yield "as many values as there can be", in_pickle(b"G\0\0\0\0\0\0\0\0" * 900_000), "operations"
    yield "memo for each value", in_pickle(b"".join(b"K\x01r" + struct.pack("<I", k) for k in range(399_000))), "broken"
    yield "LONG4 of 2^31 bytes", in_pickle(b"\x8b\xff\xff\xff\x7f"), "whole number"
    yield "LONG of many digits", in_pickle(b"L" + b"9" * 900 + b"L\n"), "whole number"
    yield "BINBYTES8 of 2^62 bytes", in_pickle(b"\x8e" + struct.pack("<Q", 2**62)), "declared"
    yield "BINUNICODE8 of 2^63 bytes", in_pickle(b"\x8d" + struct.pack("<Q", 2**63)), "declared"
    yield "BYTEARRAY8 of 2^40 bytes", in_pickle(b"\x96" + struct.pack("<Q", 2**40)), "declared"
    yield "FRAME of 2^60 bytes", torch_zip(b"\x80\x04\x95" + struct.pack("<Q", 2**60) + b"}.", []), "named weights"
    keys = b"".join(b"\x8a\x0a" + (k * (2**61 - 1)).to_bytes(10, "little") + b"N" for k in range(2**10, 2**16))
    encode = text("a" * 100_000) + b"q\x01" + named("_codecs", "encode") + b"q\x02" + text("latin1") + b"q\x03"
    yield "a text that is copied again and again", in_pickle(encode + b"h\x02h\x01h\x03\x86R" * 10_000), "copies"
    size = MARK + b"K\x01" * 100_000 + b"lq\x01" + named("torch", "Size") + b"q\x02"
    yield "a list that is copied again and again", in_pickle(size + b"h\x02h\x01\x85R" * 10_000), "copies"
    yield "as many arguments as there can be", in_pickle(called("torch", "device", *[b"K\x01"] * 100_000)), "broken"
    yield "keys that all have one hash", torch_zip(PROTO + b"}" + MARK + keys + b"u" + STOP, []), "usual size"


def _views() -> Iterator[Hostile]:
    def view(**changes: object) -> bytes:
        usual: dict[str, object] = {"key": "0", "count": 16, "shape": (8, 2), "strides": (2, 1)}
        return in_pickle(Written(**{**usual, **changes}).operations())  # type: ignore[arg-type]

    yield "stride out of bounds", view(strides=(1000, 1)), "outside"
    yield "offset out of bounds", view(offset=1), "outside"
    yield "offset of 2^62", view(offset=2**62), "outside"
    yield "offset below 0", view(offset=-1), "begins at -1"
    yield "stride below 0", view(strides=(-2, 1)), "strides"
    yield "side below 0", view(shape=(-8, 2)), "below 0"
    yield "strides of other length", view(strides=(1,)), "strides"
    yield "10^18 numbers of stride 0", view(shape=(10**9, 10**9), strides=(0, 0)), "numbers"
    yield "10^7 numbers of stride 0", view(shape=(10**3, 10**4), strides=(0, 0)), "repeats"
    yield "no number and a long side", view(shape=(0, 2**40), strides=(0, 0)), "numbers"
    yield "a thousand dimensions", view(shape=(1,) * 1000, strides=(1,) * 1000), "dimensions"
    yield "storage larger than its record", view(count=2**40), "are needed"
    yield "storage of less than nothing", view(count=-1), "described"
    yield "key that leads elsewhere", view(key="../../../etc/passwd"), "missing"
    yield "key of a zip member above", view(key="../data.pkl"), "missing"
    yield "type that is no storage", view(type="Size"), "torch.Size"
    text_shape = (b"Q", whole(0), text("xx"), text("yy"), b"\x89", HOOKS)
    yield "shape that is a text", in_pickle(called("torch._utils", "_rebuild_tensor_v2", *text_shape)), "broken"
    both = {
        "a": Written(key="0", count=16, shape=(8, 2), strides=(2, 1)).operations(),
        "b": Written(key="0", type="DoubleStorage", count=8, shape=(4, 2), strides=(2, 1)).operations(),
    }
    yield "one storage of two types", torch_zip(PROTO + dict_of(both) + STOP, [np.ones(16, np.float32)]), "different"


def _archives() -> Iterator[Hostile]:
    good = {"w.weight": np.ones((8, 2), np.float32)}
    pickle = pickled(written(good))
    yield "storage that is missing", torch_zip(pickle, []), "missing"
    yield "neither little nor big", zipped({"a/data.pkl": pickle, "a/byteorder": b"middle"}), "byteorder"
    yield "two pickles", zipped({"a/data.pkl": pickle, "b/data.pkl": pickle}), "2 pickles"
    yield (
        "TorchScript",
        zipped({"a/data.pkl": pickle, "a/constants.pkl": b"\x80\x02).", "a/code/m.py": b""}),
        "TorchScript",
    )
    yield "pickle that is packed to a thousandth", packed({"a/data.pkl": bytes(40 * 1024**2)}), "unpack"
    members = {f"a/data/{k}": bytes(4 * 1024**2) for k in range(12)}
    yield "many members that are packed to a thousandth", packed({"a/data.pkl": pickle, **members}), "unpack"
    yield "members that overlap", overlapping(), "overlaps"
    twice = torch_zip(pickle, [np.ones(16, np.float32)]).replace(b"archive/version", b"archive/data/00")
    yield "two members of one name", twice.replace(b"archive/data/00", b"archive/data/0\0"), ""
    yield "commands to a terminal", zipped({"a/data.pkl": pickle, "b\x1b[2J\n/data.pkl": pickle}), "2 pickles"
    yield (
        "commands to a terminal, in a key",
        in_pickle(Written(key="\x1b[2J", count=1, shape=(), strides=()).operations()),
        "missing",
    )
    whole_file = torch_zip(pickle, [np.ones(16, np.float32)])
    yield "the first half", whole_file[: len(whole_file) // 2], "complete zip"
    lying = bytearray(whole_file)
    place = lying.rfind(b"PK\1\2", 0, lying.rfind(b"archive/version"))
    lying[place + 24 : place + 28] = struct.pack("<L", 0xFFFFFFF0)
    yield "a member of 4 GB in a file of 1 KB", bytes(lying), ""
    many = bytearray(whole_file)
    many[-14:-10] = b"\xfe\xff\xfe\xff"
    yield "65,534 members in a file of 1 KB", bytes(many), "zip"
    yield "one member in the end of the zip file, and millions in its other end", two_ends(), "4,000,000 members"


def _old() -> Iterator[Hostile]:
    def old(value: bytes) -> bytes:
        return torch_old(PROTO + value + STOP, [np.ones(16, np.float32)])

    yield "old: exec", old(dict_of({"w": called("builtins", "exec", text(_CODE))})), "builtins.exec"
    head = b"".join(PROTO + value + STOP for value in (whole(MAGIC), whole(1001)))
    yield (
        "old: exec where the machine is described",
        head + PROTO + called("os", "system", text("id")) + STOP,
        "os.system",
    )
    yield "old: exec for a magic number", PROTO + called("os", "system", text("id")) + STOP, "os.system"
    far = Written(key="0", count=2**40, shape=(8, 2), strides=(2, 1)).operations(is_old=True)
    yield "old: storage beyond the file", old(dict_of({"w.weight": far})), "numbers"
    near = Written(key="9", count=16, shape=(8, 2), strides=(2, 1)).operations(is_old=True)
    yield "old: key that is not in the list", old(dict_of({"w.weight": near})), "storage"
    yield "old: another protocol", PROTO + whole(MAGIC) + STOP + PROTO + whole(7) + STOP, "protocol"
    yield "a tar file", bytes(257) + b"ustar" + bytes(250), "tar file"
    yield "one byte of a pickle", b"\x80", "no model"
    yield "a pickle of something else", PROTO + dict_of({"a": whole(1)}) + STOP, "not one of PyTorch"


def safetensors(header: object, data: bytes = bytes(64), length: int | None = None) -> bytes:
    text_ = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text_) if length is None else length) + text_ + data


def _safetensors() -> Iterator[Hostile]:
    def one(**changes: object) -> bytes:
        return safetensors({"w.weight": {"dtype": "F32", "shape": [8, 2], "data_offsets": [0, 64], **changes}})

    yield "st: header beyond the file", safetensors({"a": 1}, length=2**60), "more than the file"
    yield "st: header of 2^64 - 1", safetensors({"a": 1}, length=2**64 - 1), "more than the file"
    yield "st: shape of 2^62", one(shape=[2**62]), "numbers"
    yield "st: shape that does not fit", one(shape=[8, 3]), "takes"
    yield "st: offset below 0", one(data_offsets=[-64, 0]), "from 0 on"
    yield "st: offset that is half", one(data_offsets=[0.5, 64.5]), "from 0 on"
    yield "st: offset beyond the file", one(shape=[8, 2**20], data_offsets=[0, 2**25]), "the file has 64"
    yield "st: shape that is true", one(shape=[True, 16]), "from 0 on"
    yield "st: unknown dtype", one(dtype="I4"), "I4"
    yield "st: dtype that is a list", one(dtype=["F32"]), "dtype"
    half = {"dtype": "F32", "shape": [8], "data_offsets": [0, 32]}
    yield "st: overlap", safetensors({"a": half, "b": {**half, "data_offsets": [16, 48]}}), "gaps and overlaps"
    yield "st: gap", safetensors({"a": half, "b": {**half, "data_offsets": [32, 64]}}, bytes(80)), "the file has 80"
    yield "st: key twice", safetensors(b'{"a": {}, "a": {}}'), "twice"
    yield "st: 60 levels and more", safetensors(b'{"a":' * 5000 + b"1" + b"}" * 5000), "nested"
    yield "st: NaN for a shape", safetensors(b'{"a": {"dtype": "F32", "shape": [NaN]}}'), "finite"
    yield "st: not UTF-8", safetensors(b'{"\xff": 1}'), "UTF-8"
    keys = b",".join(b'"%d":0' % k for k in range(90_000))
    yield "st: 90,000 keys, the last one twice", safetensors(b"{" + keys + b',"89999":1}'), "twice"
    yield "st: 340,000 lists", safetensors(b'{"a":{"dtype":"F32","shape":[' + b"[]," * 340_000 + b"1]}}"), "from 0 on"


def npy(header: str, data: bytes = b"") -> bytes:
    raw = header.encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(raw)) + raw + data


def _npz() -> Iterator[Hostile]:
    def one(header: str, data: bytes = b"") -> bytes:
        return zipped({"a.weight.npy": npy(header, data)})

    def described(descr: str, shape: str) -> str:
        return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n"

    yield "npz: objects", one(described("'|O'", "(1,)"), b"cos\nsystem\n(S'id'\ntR."), "objects"
    yield "npz: shape of 2^62", one(described("'<f8'", "(4611686018427387904,)")), "larger or smaller"
    yield "npz: shape whose bytes overflow", one(described("'<f8'", "(2305843009213693952, 8)")), "larger or smaller"
    yield "npz: shape below 0", one(described("'<f4'", "(-4,)"), bytes(16)), "shape"
    yield "npz: shape that is a call", one(described("'<f4'", "(__import__('os').system('id'),)"), bytes(16)), "NumPy"
    yield "npz: texts", one(described("'<U4'", "(1,)"), bytes(16)), "not numbers"
    yield "npz: records", one(described("[('a', '<f4')]", "(1,)"), bytes(4)), "not numbers"
    yield "npz: nesting in the header", one("(" * 9_000 + ")" * 9_000), "NumPy"
    yield (
        "npz: header longer than the member",
        zipped({"a.weight.npy": b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{}"}),
        "header",
    )
    yield "npz: array packed to a thousandth", packed_array(5_000_000), "unpack"
    yield (
        "npz: 19,000 arrays",
        zipped({f"{k}.weight.npy": npy(described("'<f4'", "(1,)"), bytes(4)) for k in range(19_000)}),
        "arrays",
    )


def packed(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def packed_array(count: int) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **{"fc.weight": np.zeros((2, count), np.float32)})
    return stream.getvalue()


def overlapping() -> bytes:
    """Two members that are the same bytes, as in zip bombs that unpack them again and again."""
    data = bytes(1000)
    body = (
        b"PK\3\4"
        + struct.pack("<5H3L2H", 20, 0, 0, 0, 0x21, zlib.crc32(data), 1000, 1000, 10, 0)
        + b"a/data.pkl"
        + data
    )
    central = b"".join(
        b"PK\1\2\x14\0"
        + struct.pack("<5H3L2H", 20, 0, 0, 0, 0x21, zlib.crc32(data), 1000, 1000, 10, 0)
        + struct.pack("<3H2L", 0, 0, 0, 0, 0)
        + name
        for name in (b"a/data.pkl", b"b/data.pkl")
    )
    return body + central + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, len(central), len(body), 0)


def two_ends() -> bytes:
    """Of which the second is read by who knows of it: for zip files of more than 4 GB."""
    first = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 54, 0, 0)
    second = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 4_000_000, 4_000_000, 216_000_000, 0)
    return b"PK\3\4" + bytes(1000) + second + struct.pack("<4sLQL", b"PK\6\7", 0, 1004, 1) + first


def nested() -> bytes:
    """A good file inside of a good one: nothing is read twice."""
    inner = torch_zip(pickled(written(weights())), list(weights().values()))
    return in_pickle(b"B" + struct.pack("<I", len(inner)) + inner)


FAMILIES: dict[str, tuple[Callable[[], Iterator[Hostile]], ...]] = {
    "names in pickles": (_globals,),
    "operations of pickles": (_operations, _old),
    "little that becomes much": (_much,),
    "views of storages": (_views,),
    "archives": (_archives,),
    "safetensors": (_safetensors,),
    "npz": (_npz,),
}


def hostile_files(family: str) -> Iterator[Hostile]:
    for files in FAMILIES[family]:
        yield from files()
