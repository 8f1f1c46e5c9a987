"""How points are written for people."""


def points(value: float) -> str:
    """As people speak of points."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def exact(value: float, sign: str = "") -> str:
    """To the micro-point, so that what is shown sums."""
    text = f"{value:{sign}.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("+0", "-0") else text
