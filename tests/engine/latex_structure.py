"""What TeX would refuse, or set otherwise than meant, found without TeX."""

import re

COMMANDS = {
    *("alpha", "beta", "gamma", "odot", "cdot", "cdots", "top", "sigma", "tanh", "exp", "partial", "sum", "infty"),
    *(
        "frac",
        "tfrac",
        "max",
        "le",
        "ge",
        "mathrm",
        "mathit",
        "text",
        "underbrace",
        "left",
        "right",
        "begin",
        "end",
        "\\",
        ",",
        "_",
        "&",
    ),
}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)


def faults(text: str) -> list[str]:
    """Unknown commands, brackets without a partner, two subscripts on one symbol, words set as products of letters."""
    found = [f"unknown command {name}" for name in re.findall(r"\\([A-Za-z]+|.)", text) if name not in COMMANDS]
    if len(re.findall(r"\\left", text)) != len(re.findall(r"\\right", text)):
        found.append("\\left and \\right do not pair")
    tokens = _TOKEN.findall(text)
    if _closing(tokens, 0, found) != len(tokens):
        found.append("a } too many")
    plain = re.sub(r"\\(mathrm|text|begin|end)\{(\\.|[^{}])*\}|\\[A-Za-z]+", " ", text)
    found += [
        f"a word in italics: {word}" for word in re.findall(r"[A-Za-z]{2,}", re.sub(r"_\{[A-Za-z]+\}", "", plain))
    ]
    return found


def _closing(tokens: list[str], at: int, found: list[str]) -> int:
    """Where the group ends that begins here; scripts are counted on the way."""
    scripts: set[str] = set()
    while at < len(tokens):
        token = tokens[at]
        if token in "_^":
            if token in scripts:
                found.append(f"two {token} on one symbol before {''.join(tokens[at:])[:20]}")
            scripts.add(token)
            at += 1
            if at >= len(tokens) or tokens[at] in "_^} ":
                found.append(f"nothing after {token}")
                continue
        elif token == "}":
            return at
        else:
            scripts = set()
        if tokens[at] == "{":
            at = _closing(tokens, at + 1, found)
            if at >= len(tokens):
                found.append("a { too many")
        at += 1
    return at
