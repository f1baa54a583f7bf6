"""Numbers as text: rounded to so many significant digits, and never to a round number that they are not; counts."""

MOST = 12


def rounded(value: float, digits: int) -> str:
    """ "0.73", "1.2e-48"; 6.9995 to three digits is "6.9995" and not "7", which would be another number."""
    text = ""
    for kept in range(digits, max(digits, MOST) + 1):
        text = f"{value:.{kept}g}"
        near = float(text)
        if near == value or near % 1 != 0 or abs(value) >= 10**digits:
            break
    return text


def counted(count: int, noun: str, plural: str = "") -> str:
    """ "1 row", "2,000 rows" """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
